#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cachegen_fuzz::acl(data));
