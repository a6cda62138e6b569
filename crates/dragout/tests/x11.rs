//! A real drag between two X11 clients, on a server of its own: needs `Xvfb`.
#![cfg(all(unix, not(target_os = "macos")))]
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

use solferino_dragout::{Outcome, catch_on, start_on};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ClientMessageEvent, ConnectionExt as _, CreateWindowAux,
    EventMask, MOTION_NOTIFY_EVENT, PropMode, Window, WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// Longer than any of it takes, so that a failure shows instead of hanging.
const PATIENCE: Duration = Duration::from_secs(20);

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        XdndAware, XdndEnter, XdndPosition, XdndStatus, XdndLeave, XdndDrop, XdndFinished, XdndSelection,
        XdndActionCopy, URI_LIST: b"text/uri-list", GOODS,
    }
}

struct Server {
    process: Child,
    display: String,
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("this test needs Xvfb: install the package xvfb, or run `cargo xtask test`");
        let mut number = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Self { process, display: format!(":{}", number.trim()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Another program: a window at (300, 100) to (500, 300) that takes drops, or refuses them.
struct Taker {
    connection: RustConnection,
    root: Window,
    window: Window,
    atoms: Atoms,
    accepts: bool,
    heard: Vec<&'static str>,
    goods: Option<String>,
}

impl Taker {
    fn open(server: &Server, accepts: bool) -> Self {
        let (connection, screen) = x11rb::connect(Some(&server.display)).unwrap();
        let atoms = Atoms::new(&connection).unwrap().reply().unwrap();
        let root = connection.setup().roots[screen].root;
        let window = connection.generate_id().unwrap();
        let look = CreateWindowAux::new().override_redirect(1).background_pixel(0x00ff_ffff);
        connection.create_window(0, window, root, 300, 100, 200, 200, 0, WindowClass::INPUT_OUTPUT, 0, &look).unwrap();
        connection.change_property32(PropMode::REPLACE, window, atoms.XdndAware, AtomEnum::ATOM, &[5]).unwrap();
        connection.map_window(window).unwrap();
        connection.flush().unwrap();
        Self { connection, root, window, atoms, accepts, heard: Vec::new(), goods: None }
    }

    fn pointer(&self, kind: u8, button: u8, x: i16, y: i16) {
        self.connection.xtest_fake_input(kind, button, 0, self.root, x, y, 0).unwrap();
        self.connection.flush().unwrap();
    }

    fn move_to(&self, x: i16, y: i16) {
        self.pointer(MOTION_NOTIFY_EVENT, 0, x, y);
    }

    fn press(&self) {
        self.pointer(BUTTON_PRESS_EVENT, 1, 0, 0);
    }

    fn release(&self) {
        self.pointer(BUTTON_RELEASE_EVENT, 1, 0, 0);
    }

    /// Answers messages until `done`.
    fn serve(&mut self, done: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !done(self) {
            assert!(start.elapsed() < PATIENCE, "nothing more came after {:?}", self.heard);
            match self.connection.poll_for_event().unwrap() {
                Some(event) => self.answer(&event),
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    fn answer(&mut self, event: &Event) {
        match event {
            Event::ClientMessage(message) => {
                let data = message.data.as_data32();
                if message.type_ == self.atoms.XdndEnter {
                    assert_eq!(data[1] >> 24, 5, "the version");
                    assert_eq!(data[2], self.atoms.URI_LIST);
                    self.heard.push("enter");
                } else if message.type_ == self.atoms.XdndPosition {
                    assert_eq!(data[4], self.atoms.XdndActionCopy);
                    self.heard.push("position");
                    self.reply(data[0], self.atoms.XdndStatus, [u32::from(self.accepts), 0, 0, data[4]]);
                } else if message.type_ == self.atoms.XdndLeave {
                    self.heard.push("leave");
                } else if message.type_ == self.atoms.XdndDrop {
                    self.heard.push("drop");
                    let Atoms { XdndSelection, URI_LIST, GOODS, .. } = self.atoms;
                    let time = data[2];
                    assert_ne!(time, 0, "a drop has the server's time");
                    self.connection.convert_selection(self.window, XdndSelection, URI_LIST, GOODS, time).unwrap();
                    self.connection.flush().unwrap();
                }
            }
            Event::SelectionNotify(notice) => {
                assert_eq!(notice.property, self.atoms.GOODS, "the source has what it promised");
                let goods = self
                    .connection
                    .get_property(true, self.window, self.atoms.GOODS, self.atoms.URI_LIST, 0, 4_096)
                    .unwrap()
                    .reply()
                    .unwrap();
                self.goods = Some(String::from_utf8(goods.value).unwrap());
                let source = self.connection.get_selection_owner(self.atoms.XdndSelection).unwrap().reply().unwrap();
                self.reply(source.owner, self.atoms.XdndFinished, [1, self.atoms.XdndActionCopy, 0, 0]);
            }
            _ => {}
        }
    }

    fn reply(&self, to: Window, kind: u32, rest: [u32; 4]) {
        let data = [self.window, rest[0], rest[1], rest[2], rest[3]];
        let message = ClientMessageEvent::new(32, to, kind, data);
        self.connection.send_event(false, to, EventMask::NO_EVENT, message).unwrap();
        self.connection.flush().unwrap();
    }
}

fn files() -> Vec<PathBuf> {
    vec![PathBuf::from("/tmp/a take.mid"), PathBuf::from("/tmp/b.mid")]
}

#[test]
fn a_file_lands_in_another_window_and_so_does_a_second() {
    let server = Server::start();
    let mut taker = Taker::open(&server, true);
    for _ in 0..2 {
        (taker.heard, taker.goods) = (Vec::new(), None);
        taker.move_to(20, 20);
        taker.press();
        let drag = start_on(Some(&server.display), &files()).unwrap();
        assert_eq!(drag.outcome(), Outcome::Dragging);
        taker.move_to(200, 200);
        taker.move_to(400, 200);
        taker.serve(|taker| taker.heard.contains(&"position"));
        taker.move_to(410, 210);
        taker.release();
        taker.serve(|_| drag.outcome() != Outcome::Dragging);
        assert_eq!(drag.outcome(), Outcome::Dropped);
        assert_eq!(taker.goods.as_deref(), Some("file:///tmp/a%20take.mid\r\nfile:///tmp/b.mid\r\n"));
        assert_eq!((taker.heard.first(), taker.heard.last()), (Some(&"enter"), Some(&"drop")));
    }
}

#[test]
fn a_window_that_refuses_gets_nothing() {
    let server = Server::start();
    let mut taker = Taker::open(&server, false);
    taker.move_to(400, 200);
    taker.press();
    let drag = start_on(Some(&server.display), &files()).unwrap();
    taker.serve(|taker| taker.heard.contains(&"position"));
    taker.release();
    taker.serve(|taker| taker.heard.contains(&"leave"));
    taker.serve(|_| drag.outcome() != Outcome::Dragging);
    assert_eq!(drag.outcome(), Outcome::Cancelled);
    assert_eq!(taker.goods, None);
}

#[test]
fn a_release_over_nothing_cancels() {
    let server = Server::start();
    let mut taker = Taker::open(&server, true);
    taker.move_to(20, 20);
    taker.press();
    let drag = start_on(Some(&server.display), &files()).unwrap();
    taker.release();
    taker.serve(|_| drag.outcome() != Outcome::Dragging);
    assert_eq!(drag.outcome(), Outcome::Cancelled);
    assert!(taker.heard.is_empty(), "{:?}", taker.heard);
}

#[test]
fn a_window_with_a_catcher_takes_what_is_dropped_on_it_until_the_catcher_goes() {
    let server = Server::start();
    let mut taker = Taker::open(&server, true);
    let catcher = catch_on(Some(&server.display), taker.window, || {}).unwrap();
    for round in 0..2 {
        taker.move_to(20, 20);
        taker.press();
        let drag = start_on(Some(&server.display), &files()).unwrap();
        taker.move_to(400, 200);
        taker.serve(|_| catcher.hovering());
        taker.release();
        taker.serve(|_| drag.outcome() != Outcome::Dragging);
        assert_eq!(drag.outcome(), Outcome::Dropped, "round {round}");
        assert_eq!(catcher.take(), files(), "round {round}");
        assert!(!catcher.hovering());
        assert!(catcher.take().is_empty());
    }
    assert!(taker.heard.is_empty(), "the window itself hears nothing: {:?}", taker.heard);

    drop(catcher);
    taker.press();
    let drag = start_on(Some(&server.display), &files()).unwrap();
    taker.serve(|taker| taker.heard.contains(&"position"));
    taker.release();
    taker.serve(|_| drag.outcome() != Outcome::Dragging);
    assert!(taker.goods.is_some(), "without a catcher the window takes its own drops");
}
