//! A connection that breaks off.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// Lets so many bytes through to a server, and then nothing.
pub(crate) fn cut_after(bytes: usize, to: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let mut left = bytes;
        for client in listener.incoming() {
            let (mut client, mut server) = (client.unwrap(), TcpStream::connect(&to).unwrap());
            let (mut back, mut from) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let answers = thread::spawn(move || std::io::copy(&mut from, &mut back));
            let mut buffer = [0; 512];
            while let Ok(count @ 1..) = client.read(&mut buffer) {
                let passed = count.min(left);
                left -= passed;
                if server.write_all(&buffer[..passed]).is_err() || left == 0 {
                    break;
                }
            }
            for stream in [&client, &server] {
                let _ = stream.shutdown(Shutdown::Both);
            }
            let _ = answers.join();
        }
    });
    address
}
