// SPDX-License-Identifier: MIT OR Apache-2.0
//! The window of a device whose role does not run: it waits, has something to tell, or is a hub without pages of its
//! own. It is watched as the roles are, and has the technician's way in.

use crate::setup::view::{SetupIntent, SetupView};
use crate::steward::layout::Layout;
use crate::technician::{DoorOptions, TechnicianDoor};
use crate::ui::SetupGlass;
use crate::ui::device::{self, GlassOptions};
use crate::watch::{Facts, Pulsing, Watch, WatchOptions, beat, keep};
use futures_util::FutureExt;
use std::error::Error;
use std::rc::Rc;
use tokio::runtime::Runtime;

/// An open window.
pub(super) struct Screen {
    glass: Rc<SetupGlass>,
    pub runtime: Runtime,
    _door: Option<TechnicianDoor>,
    _pulse: Option<Pulsing>,
}

impl Screen {
    /// Opens it. `told` is what the state file says of the role meanwhile; without it none is written.
    ///
    /// # Errors
    /// There is no screen.
    pub fn open(layout: &Layout, role: &'static str, told: Option<Facts>) -> Result<Screen, Box<dyn Error>> {
        device::open(GlassOptions::default())?;
        let glass = Rc::new(SetupGlass::new()?);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let door = DoorOptions { socket: Some(layout.socket()) };
        let door = TechnicianDoor::hang(glass.component(), &door, runtime.handle());
        let dir = Some(layout.run().join("state")).filter(|dir| told.is_some() && dir.is_dir());
        let watch = Watch::of(role, &WatchOptions { dir }, true);
        let pulse = watch.as_ref().map(|watch| beat(watch, glass.component()));
        if let Some(watch) = watch {
            let said = told.unwrap_or_default();
            let look = move || std::future::ready(Some(said.clone())).boxed();
            let ping = || std::future::ready(None).boxed();
            runtime.spawn(keep(watch, Box::new(look), Box::new(ping)));
        }
        runtime.spawn(async {
            if crate::hub::serve::asked_to_stop().await.is_ok() {
                std::process::exit(0);
            }
        });
        Ok(Screen { glass, runtime, _door: door, _pulse: pulse })
    }

    /// The window.
    pub fn glass(&self) -> &Rc<SetupGlass> {
        &self.glass
    }

    /// Shows `view` until the event loop is ended.
    ///
    /// # Errors
    /// The screen is gone.
    pub fn run(
        self,
        view: &SetupView,
        on: impl Fn(SetupIntent) + 'static,
    ) -> Result<(), slint::PlatformError> {
        self.glass.on_intent(on);
        self.glass.show(view);
        self.glass.window().show()?;
        slint::run_event_loop_until_quit()?;
        self.runtime.shutdown_background();
        Ok(())
    }
}
