//! Says that a new migration is a reason to build again: the macro that includes them sees only the files it has read.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
    println!("cargo:rerun-if-changed=../../migrations/tenant");
}
