//! Names in the order that people expect: `build-9` before `build-10`.

use std::cmp::Ordering;

/// Compares digits as numbers, the rest byte by byte; folders before what is longer.
pub(in crate::ingest) fn compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let (number_a, number_b) = (digits(a), digits(b));
        let order = if number_a > 0 && number_b > 0 {
            let order = number(&a[..number_a]).cmp(&number(&b[..number_b]));
            (a, b) = (&a[number_a..], &b[number_b..]);
            order
        } else {
            match (a.split_first(), b.split_first()) {
                (Some((x, rest_a)), Some((y, rest_b))) => {
                    (a, b) = (rest_a, rest_b);
                    rank(*x).cmp(&rank(*y))
                }
                (x, y) => return x.is_some().cmp(&y.is_some()),
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// A number of any size: its length without leading zeros, then its digits.
fn number(digits: &[u8]) -> (usize, &[u8]) {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    (digits.len() - zeros, &digits[zeros..])
}

/// The end of a folder's name comes before anything that could follow in it.
const fn rank(byte: u8) -> (bool, u8) {
    (byte != b'/', byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_numbers() {
        let mut names = ["b-10", "b-9", "b-09a", "b", "a/2/x", "a-1/1", "a/10/x", "b-99999999999999999999999", "b-100"];
        names.sort_by(|a, b| compare(a, b));
        let expected = ["a/2/x", "a/10/x", "a-1/1", "b", "b-9", "b-09a", "b-10", "b-100", "b-99999999999999999999999"];
        assert_eq!(names, expected);
    }
}
