//! `bisectstat`: see the library.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> bisectstat::cli::Exit {
    bisectstat::cli::main()
}
