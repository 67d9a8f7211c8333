//! The page of `okdboot serve` in a browser: Chromium, without a screen.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::serving::{PATIENCE, Serving};
use crate::tool::tool;

/// A data folder with a group a machine.
fn data(root: &Path, machines: usize) {
    for folder in ["groups", "profiles", "assets"] {
        fs::create_dir_all(root.join("data").join(folder)).unwrap();
    }
    for at in 0..machines {
        let group =
            format!(r#"{{"id":"n{at}","profile":"w","selector":{{"mac":"52:54:00:00:00:{at:02x}"}}}}"#);
        fs::write(root.join(format!("data/groups/node-{at}.json")), group).unwrap();
    }
    let profile = r#"{"id":"w","boot":{"kernel":"/assets/k","initrd":["/assets/i"],"args":["a"]}}"#;
    fs::write(root.join("data/profiles/w.json"), profile).unwrap();
}

fn serve(root: &Path) -> Serving {
    Serving::start(root, &["--data", "data"])
}

fn chromium(program: &Path, root: &Path, words: &[&str], serving: &Serving) -> Command {
    let mut command = Command::new(program);
    // A browser that is root has no sandbox; what it shows is our own.
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]);
    command.arg(format!("--user-data-dir={}", root.join("profile").display())).args(words);
    command.arg(format!("http://{}/", serving.watch.unwrap())).stdin(Stdio::null());
    command
}

#[test]
fn two_hundred_machines_are_a_table_without_a_word_of_complaint() {
    let Some(program) = tool("chromium") else { return };
    let folder = tempfile::tempdir().unwrap();
    data(folder.path(), 200);
    let serving = serve(folder.path());
    serving.get("/ipxe?mac=52-54-00-00-00-05");
    serving.get("/ipxe?mac=52-54-00-99-00-05");
    let output = chromium(&program, folder.path(), &["--dump-dom"], &serving).output().unwrap();
    let (page, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(page.matches("<tr").count(), 201, "{page}");
    assert!(page.contains("<title>200 machines: 1 seen, 0 with Ignition - okdboot</title>"), "{page}");
    let row = page.lines().find(|line| line.contains(">node-5<")).unwrap();
    assert!(row.contains("<td>config</td>"), "{row}");
    assert!(page.contains("52:54:00:99:00:05 asked how to boot, 1 time"), "{page}");
    // The console has what a policy forbids, what does not load and what a script throws.
    assert!(!said.contains("CONSOLE"), "{said}");
}

/// Ends with the test.
struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_page_stays_new_by_itself() {
    let Some(program) = tool("chromium") else { return };
    let folder = tempfile::tempdir().unwrap();
    data(folder.path(), 3);
    let serving = serve(folder.path());
    let mut command = chromium(&program, folder.path(), &["--remote-debugging-port=0"], &serving);
    let _browser = Browser(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    // The file is there before the port is in it.
    let port: u16 = until(|| {
        let text = fs::read_to_string(folder.path().join("profile/DevToolsActivePort")).ok()?;
        text.lines().next()?.parse().ok()
    });
    let shows = |title: &str| titles(port).contains(title).then_some(());
    until(|| shows("3 machines: 0 seen, 0 with Ignition"));
    serving.get("/ipxe?mac=52-54-00-00-00-01");
    until(|| shows("3 machines: 1 seen, 0 with Ignition"));
}

/// The list of pages has the title of each, as it is now. The browser leaves the connection open.
fn titles(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    stream.write_all(b"GET /json/list HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
    let mut list = Vec::new();
    let _ = stream.read_to_end(&mut list);
    String::from_utf8_lossy(&list).into_owned()
}

fn until<T>(mut is_so: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = is_so() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "it does not come");
        thread::sleep(Duration::from_millis(100));
    }
}
