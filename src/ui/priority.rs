// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tells the priority question. Which classes a hall honours stands in its file.

use std::rc::Rc;

use motcua_core::view::{Intent, Priority};
use slint::{ComponentHandle, ModelRc, VecModel};

use super::Sender;
use super::generated::{AppWindow, Choice, PriorityBridge};
use super::services::set_rows;

/// Rows that the screen draws.
pub(super) struct Models {
    classes: Rc<VecModel<Choice>>,
}

impl Models {
    pub(super) fn new(window: &AppWindow) -> Self {
        let classes = Rc::new(VecModel::default());
        window.global::<PriorityBridge>().set_classes(ModelRc::from(classes.clone()));
        Self { classes }
    }

    pub(super) fn show(&self, window: &AppWindow, priority: &Priority) {
        let bridge = window.global::<PriorityBridge>();
        bridge.set_service(priority.service.as_str().into());
        bridge.set_count(priority.classes.len().try_into().unwrap_or(i32::MAX));
        set_rows(
            &self.classes,
            priority.classes.iter().map(|c| Choice {
                code: c.code.as_str().into(),
                name: c.name.as_str().into(),
                icon: c.icon.as_str().into(),
            }),
        );
    }
}

pub(super) fn connect(window: &AppWindow, send: &Sender) {
    let bridge = window.global::<PriorityBridge>();
    let to = send.clone();
    bridge.on_choose(move |code| to(Intent::Priority(Some(code.into()))));
    let to = send.clone();
    bridge.on_none(move || to(Intent::Priority(None)));
    let to = send.clone();
    bridge.on_back(move || to(Intent::Back));
}
