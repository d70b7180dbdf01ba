// What a linker has to bring together: a thread, a panic that is caught, libm.
fn main() {
    let root = std::thread::spawn(|| (9.0_f64).sqrt()).join().unwrap();
    let caught = std::panic::catch_unwind(|| panic!("thrown"));
    println!("{} {}", root, caught.is_err());
}
