//! The door between a browser and the library: numbers and bytes, nothing else passes. The browser asks for [`room`], writes
//! there, and calls; what comes back lies at [`answer`], as many bytes as the call returned.
//!
//! A panic ends the instance, as everything that traps does: [`last_words`] can still be read, then the browser makes a new one.

#![allow(
    unsafe_code,
    reason = "a name that JavaScript can call is unsafe by its attribute; nothing here points anywhere"
)]

mod desk;

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use desk::{Asked, Desk, File};

thread_local! {
    static DOOR: RefCell<Door> = RefCell::default();
}

/// What was said when everything broke.
static LAST_WORDS: Mutex<Vec<u8>> = Mutex::new(Vec::new());

#[derive(Default)]
struct Door {
    from: Vec<u8>,
    files: Vec<File>,
    desk: Desk,
    to: Vec<u8>,
}

impl Door {
    /// Writes an answer; nothing when it cannot be had.
    fn answer(&mut self, write: impl FnOnce(&Desk, &mut Vec<u8>) -> std::io::Result<()>) -> usize {
        self.to.clear();
        if write(&self.desk, &mut self.to).is_err() {
            self.to.clear();
        }
        self.to.len()
    }
}

/// Opens the door, once.
#[unsafe(no_mangle)]
pub extern "C" fn open() {
    std::panic::set_hook(Box::new(|panic| {
        *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string().into_bytes();
    }));
}

/// Allocates a buffer of `bytes` bytes for the page to fill; null when memory runs out.
#[unsafe(no_mangle)]
pub extern "C" fn room(bytes: usize) -> *mut u8 {
    DOOR.with_borrow_mut(|door| {
        door.from = Vec::new();
        if door.from.try_reserve_exact(bytes).is_err() {
            return std::ptr::null_mut();
        }
        door.from.resize(bytes, 0);
        door.from.as_mut_ptr()
    })
}

/// Takes a file from the buffer: the first `name` bytes are its name, the rest is its content.
#[unsafe(no_mangle)]
pub extern "C" fn add(name: usize, in_folder: bool) {
    DOOR.with_borrow_mut(|door| {
        let mut bytes = std::mem::take(&mut door.from);
        let name: Vec<u8> = bytes.drain(..name.min(bytes.len())).collect();
        door.files.push(File { name: String::from_utf8_lossy(&name).into_owned(), bytes, in_folder });
    });
}

/// Reads and judges the files, by what is asked, which lies in the room as JSON; gives messages and names as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn analyze() -> usize {
    DOOR.with_borrow_mut(|door| {
        let asked: Asked = serde_json::from_slice(&door.from).unwrap_or_default();
        door.desk = desk::read(std::mem::take(&mut door.files), &asked);
        door.answer(|desk, out| serde_json::to_writer(out, &desk.came()).map_err(Into::into))
    })
}

/// The page of a bisection as HTML; nothing when there is none.
#[unsafe(no_mangle)]
pub extern "C" fn page(place: usize, alone: bool) -> usize {
    DOOR.with_borrow_mut(|door| door.answer(|desk, out| desk.page(place, alone, out)))
}

/// The overview of all bisections as HTML.
#[unsafe(no_mangle)]
pub extern "C" fn overview() -> usize {
    DOOR.with_borrow_mut(|door| door.answer(Desk::overview))
}

/// All figures as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn figures() -> usize {
    DOOR.with_borrow_mut(|door| door.answer(Desk::figures))
}

/// Why everything broke, in words.
#[unsafe(no_mangle)]
pub extern "C" fn last_words() -> usize {
    // What holds the door may be what broke.
    LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner).len()
}

/// Where they lie.
#[unsafe(no_mangle)]
pub extern "C" fn last_words_at() -> *const u8 {
    LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner).as_ptr()
}

/// Where the answer lies.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    DOOR.with_borrow(|door| door.to.as_ptr())
}
