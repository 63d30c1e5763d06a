//! `bisectstat`: see the library.

fn main() -> bisectstat::cli::Exit {
    bisectstat::cli::main()
}
