//! The `pleat` program. Everything it does is in the library.

fn main() -> std::process::ExitCode {
    pleat::commands::main()
}
