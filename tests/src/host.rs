//! What the host offers a plug-in: callbacks on the main thread, logging, and marks for what the plug-in asked for.

use clack_extensions::log::{HostLog, HostLogImpl, LogSeverity};
use clack_extensions::params::{
    HostParams, HostParamsImplMainThread, HostParamsImplShared, ParamClearFlags, ParamRescanFlags,
};
use clack_extensions::state::{HostState, HostStateImpl};
use clack_host::prelude::*;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

/// The host's side of every instance.
pub struct Host;

/// What any thread of a plug-in may reach. The flags guard no other memory, hence `Relaxed`.
#[derive(Default)]
pub struct Shared {
    pub callback: AtomicBool,
    pub restart: AtomicBool,
    pub flush: AtomicBool,
}

/// What only the main thread reaches.
#[derive(Default)]
pub struct MainThread {
    pub rescans: Cell<u32>,
    pub dirty: Cell<u32>,
}

impl<'a> SharedHandler<'a> for Shared {
    fn request_restart(&self) {
        self.restart.store(true, Ordering::Relaxed);
    }
    fn request_process(&self) {}
    fn request_callback(&self) {
        self.callback.store(true, Ordering::Relaxed);
    }
}

impl HostParamsImplShared for Shared {
    fn request_flush(&self) {
        self.flush.store(true, Ordering::Relaxed);
    }
}

impl HostLogImpl for Shared {
    fn log(&self, severity: LogSeverity, message: &str) {
        eprintln!("[{severity}] {message}");
    }
}

impl<'a> MainThreadHandler<'a> for MainThread {}

impl HostParamsImplMainThread for MainThread {
    fn rescan(&self, _flags: ParamRescanFlags) {
        self.rescans.set(self.rescans.get() + 1);
    }
    fn clear(&self, _id: ClapId, _flags: ParamClearFlags) {}
}

impl HostStateImpl for MainThread {
    fn mark_dirty(&self) {
        self.dirty.set(self.dirty.get() + 1);
    }
}

impl HostHandlers for Host {
    type Shared<'a> = Shared;
    type MainThread<'a> = MainThread;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<'_, Self>, _shared: &Self::Shared<'_>) {
        builder.register::<HostLog>().register::<HostParams>().register::<HostState>();
    }
}
