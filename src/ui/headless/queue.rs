// SPDX-License-Identifier: MIT OR Apache-2.0
//! What other threads ask of the event loop, and the handle they hold.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use slint::EventLoopError;
use slint::platform::EventLoopProxy;

use super::frame::{Frame, Surface};

/// What a finger does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// Comes down on the glass.
    Press,
    /// Slides.
    Move,
    /// Leaves the glass.
    Release,
}

pub(super) enum Job {
    Call(Box<dyn FnOnce() + Send>),
    Pointer(Pointer, f32, f32),
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    quit: bool,
}

#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, job: Job) {
        self.lock().jobs.push_back(job);
        self.changed.notify_one();
    }

    pub(super) fn drain(&self) -> VecDeque<Job> {
        std::mem::take(&mut self.lock().jobs)
    }

    /// True once after each request to quit.
    pub(super) fn take_quit(&self) -> bool {
        std::mem::take(&mut self.lock().quit)
    }

    /// Until there is something to do, or `limit` has passed.
    pub(super) fn wait(&self, limit: Option<Duration>) {
        let idle = |state: &mut State| state.jobs.is_empty() && !state.quit;
        let state = self.lock();
        match limit {
            Some(limit) => drop(self.changed.wait_timeout_while(state, limit, idle)),
            None => drop(self.changed.wait_while(state, idle)),
        }
    }

    pub(super) fn proxy(self: &Arc<Self>) -> Proxy {
        Proxy(self.clone())
    }
}

pub(super) struct Proxy(Arc<Queue>);

impl EventLoopProxy for Proxy {
    fn quit_event_loop(&self) -> Result<(), EventLoopError> {
        self.0.lock().quit = true;
        self.0.changed.notify_one();
        Ok(())
    }

    fn invoke_from_event_loop(&self, event: Box<dyn FnOnce() + Send>) -> Result<(), EventLoopError> {
        self.0.push(Job::Call(event));
        Ok(())
    }
}

/// The glass as other threads see it: a picture, and a place for fingers.
#[derive(Clone)]
pub struct Remote {
    surface: Arc<Surface>,
    queue: Arc<Queue>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("size", &self.surface.size()).finish_non_exhaustive()
    }
}

impl Remote {
    pub(super) fn new(surface: Arc<Surface>, queue: Arc<Queue>) -> Self {
        Self { surface, queue }
    }

    /// The present picture.
    pub fn frame(&self) -> Frame {
        self.surface.frame()
    }

    /// Number of the present picture, without copying it; it grows with every repaint.
    pub fn frame_number(&self) -> u64 {
        self.surface.number()
    }

    /// Width and height of the glass in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.surface.size()
    }

    /// A finger at pixels `x`, `y`, taken by the event loop in order.
    pub fn pointer(&self, pointer: Pointer, x: f32, y: f32) {
        self.queue.push(Job::Pointer(pointer, x, y));
    }
}
