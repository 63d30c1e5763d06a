//! A line of a terminal → the words behind `git bisect`, whatever prompt stands before them.

/// What was typed behind `git bisect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Typed<'a> {
    /// `good`, `start`, …
    pub(super) word: &'a str,
    /// What follows the word, without a comment.
    pub(super) arguments: &'a str,
    /// The comment behind it.
    pub(super) comment: Option<&'a str>,
}

/// The command of a line; none where the words are those of a sentence.
pub(super) fn typed(line: &str) -> Option<Typed<'_>> {
    const COMMAND: &str = "bisect ";
    line.match_indices(COMMAND).find_map(|(at, _)| {
        let before = &line[..git(&line[..at])?];
        // An item of a list, with the command as code.
        let item =
            before.strip_suffix('`').filter(|mark| mark.chars().all(|c| c.is_ascii_digit() || " .-*>".contains(c)));
        let prompt = without_wrappers(item.map_or(before, |_| ""));
        let rest = line[at + COMMAND.len()..].trim();
        let typed = split(if item.is_some() { rest.trim_end_matches('`') } else { rest })?;
        let bare = prompt.trim().is_empty();
        let plain = || typed.names().all(is_revision) || typed.word == "start";
        (is_prompt(prompt) && (!bare || plain())).then_some(typed)
    })
}

/// Where the name of git stands, with nothing but options behind it: `git -C linux`, `/usr/bin/git`, and `g`, a usual alias.
fn git<'a>(before: &'a str) -> Option<usize> {
    const WITH_VALUE: [&str; 4] = ["-C", "-c", "--git-dir", "--work-tree"];
    before.ends_with(char::is_whitespace).then_some(())?;
    let words: Vec<&'a str> = before.split_whitespace().collect();
    // Behind a prompt without a space, as in `C:\src>git`.
    let bare = |word: &'a str| word.rsplit(['>', '$', '#', '%', '`']).next().unwrap_or(word);
    let is_git = |word: &'a str| matches!(bare(word).rsplit(['/', '\\']).next(), Some("git" | "git.exe"));
    let at = words.iter().rposition(|word| is_git(word) || bare(word) == "g")?;
    let mut options = words[at + 1..].iter().enumerate();
    let valued = |i: usize| i > 0 && WITH_VALUE.contains(&words[at + i]);
    let plain = options.all(|(i, word)| word.starts_with('-') || valued(i));
    let name = bare(words[at]);
    let start = name.as_ptr() as usize - before.as_ptr() as usize;
    (plain && (name != "g" || words.len() == at + 1)).then_some(start)
}

/// Without the words that a shell takes before a command: `sudo`, `LC_ALL=C`.
fn without_wrappers(mut prompt: &str) -> &str {
    const WRAPPERS: [&str; 4] = ["sudo", "time", "command", "env"];
    loop {
        let word = prompt.split_whitespace().next_back().unwrap_or_default();
        let start = prompt.rfind(word).unwrap_or_default();
        let variable = word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        });
        if word.is_empty() || !(variable || WRAPPERS.contains(&word)) {
            return prompt;
        }
        prompt = &prompt[..start];
    }
}

/// What stands behind a prompt that is no `git bisect`: `git checkout v5.15`.
pub(super) fn checked_out(line: &str) -> Option<&str> {
    const COMMANDS: [&str; 4] = ["git checkout ", "git switch ", "git reset --hard ", "git checkout --detach "];
    let (at, command) = COMMANDS.iter().find_map(|command| Some((line.find(command)?, command)))?;
    let rest = line[at + command.len()..].split_whitespace().filter(|word| !word.starts_with('-')).collect::<Vec<_>>();
    match rest[..] {
        [name] if is_prompt(&line[..at]) && is_revision(name) => Some(name),
        _ => None,
    }
}

fn split(rest: &str) -> Option<Typed<'_>> {
    let (command, comment) = match rest.find(" #") {
        Some(at) => (&rest[..at], Some(rest[at + 2..].trim())),
        None => (rest, None),
    };
    // What follows a command in its line, and what a shell shows at the right.
    let ends = ["&&", ";", "|", ">", "   "].iter().filter_map(|end| command.find(end)).min();
    let command = command[..ends.unwrap_or(command.len())].trim();
    let (word, arguments) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let named = word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(plain);
    named.then(|| Typed { word, arguments: arguments.trim(), comment })
}

impl<'a> Typed<'a> {
    /// The revisions that it names.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        let words = self.arguments.split_whitespace().take_while(|word| *word != "--");
        words.map(|word| word.trim_matches(['\'', '"'])).filter(|word| !word.is_empty() && !word.starts_with('-'))
    }
}

/// Whether a word can name a revision: a hash, a tag with a number, a branch that is usual.
pub(super) fn is_revision(word: &str) -> bool {
    const USUAL: [&str; 8] = ["master", "main", "next", "trunk", "develop", "dev", "mainline", "stable"];
    let marked = word.contains(|c: char| c.is_ascii_digit() || matches!(c, '/' | '~' | '^' | '@'));
    let plain = |c: char| c.is_alphanumeric() || "./-_+@{}~^".contains(c);
    word.chars().all(plain) && (marked || word.ends_with("HEAD") || USUAL.contains(&word))
}

/// Whether a text is what a shell shows before a command: nothing, a time, or something that ends in a sign.
fn is_prompt(text: &str) -> bool {
    const LONGEST: usize = 200;
    const SIGNS: &str = "$#%>❯➜➤λ»✗✘✔✓±⇒▶→⟩›│─☁+\u{e0b0}\u{e0b1}\u{e0bc}";
    let shown = text.trim_end();
    let Some(last) = shown.chars().next_back() else { return true };
    let apart = shown.len() < text.len() || matches!(last, '>' | '$' | '#' | '%');
    let time = |text: &str| text.chars().all(|c| c.is_ascii_digit() || "[]():.,-/TZ ".contains(c));
    let themed = (last == ')' || last == ']') && (shown.contains("git:(") || shown.contains(['❯', '➜', 'λ', '»']));
    shown.len() <= LONGEST && apart && (SIGNS.contains(last) || themed || time(shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prompt_is_one() {
        let prompts = [
            "",
            "$ ",
            "# ",
            "% ",
            "> ",
            "user@box:~/src/linux$ ",
            "root@box:/usr/src/linux# ",
            "[user@manjaro linux]$ ",
            "➜  linux git:(master) ✗ ",
            "➜  linux git:(0a1b2c3) ",
            "❯ ",
            "╰─$ ",
            "(venv) user@box ~ % ",
            "user ((15ff55e...) *|BISECTING) proj $ ",
            "C:\\src\\proj>",
            "PS C:\\src> ",
            "12:30:01 ",
            "[12:30:01] $ ",
            "+ ",
        ];
        for prompt in prompts {
            let line = format!("{prompt}git bisect good v5.15.149");
            let typed = typed(&line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((typed.word, typed.arguments), ("good", "v5.15.149"), "{line}");
        }
    }

    #[test]
    fn git_may_have_options_and_an_alias() {
        for git in ["git -C linux", "git --no-pager -c core.pager=cat", "/usr/bin/git", "git.exe", "g"] {
            let line = format!("user@box:~$ {git} bisect good");
            assert_eq!(typed(&line).map(|typed| typed.word), Some("good"), "{line}");
        }
        assert_eq!(
            (typed("$ hg bisect good"), typed("$ legit bisect good"), typed("$ git log bisect x")),
            (None, None, None)
        );
    }

    #[test]
    fn a_sentence_is_no_command() {
        for line in ["then I ran git bisect good", "git bisect bad seems to be wrong here", "see git bisect good v1"] {
            assert_eq!(typed(line), None, "{line}");
        }
    }

    #[test]
    fn what_follows_the_command_is_no_argument() {
        let typed = |line| typed(line).map(|typed| (typed.word, typed.arguments, typed.comment)).unwrap();
        assert_eq!(typed("$ git bisect good && make -j8"), ("good", "", None));
        assert_eq!(typed("git bisect bad 4444444 # 1/10 fail"), ("bad", "4444444", Some("1/10 fail")));
        assert_eq!(typed("❯ git bisect skip            ✔ took 3s 12:30"), ("skip", "", None));
        assert_eq!(checked_out("box$ git checkout v6.1"), Some("v6.1"));
        assert_eq!(checked_out("box$ git checkout -- fs"), None);
    }
}
