//! Every test of the project as a user of the library and the program: one file a subject.
//!
//! They are one binary, because each would link polars for itself: `cargo test --test it table::` runs one file.

mod support;

mod action;
mod agree;
mod archives;
mod book;
mod browser;
mod calibrate;
mod charts;
mod ci;
mod cli;
mod dist;
mod doors;
mod examples;
mod fit;
mod format_limits;
mod formats;
mod forms;
mod frames;
mod fuzz;
mod gate;
mod git_bisect;
mod git_run;
mod grammar;
mod help;
mod histories;
mod history;
mod hostile;
mod junit;
mod kinds;
mod layers;
mod models;
mod next;
mod options;
mod pages;
mod parquet;
mod promises;
mod public_api;
mod real_logs;
mod recipes;
mod repo;
mod report;
mod rules;
mod run;
mod scale;
mod search;
mod session;
mod shell;
mod simulate;
mod study;
mod style;
mod table;
mod web;
