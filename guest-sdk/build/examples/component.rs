//! Builds a task of a workspace by hand:
//!
//!     cargo run -p pleat-build --example component -- . pleat-test-noop /tmp/guests noop.wasm

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [workspace, package, target_dir, file] = args.as_slice() else {
        return Err("usage: component WORKSPACE PACKAGE TARGET_DIR FILE".into());
    };
    let request = pleat_build::Request::new(workspace, package, target_dir);
    let component = pleat_build::build(&request)?;
    std::fs::write(file, &component)?;
    println!("{file}: {} bytes, made from", component.len());
    for path in pleat_build::rerun_paths(&request)? {
        println!("  {}", path.display());
    }
    Ok(())
}
