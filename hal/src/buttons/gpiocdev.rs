// SPDX-License-Identifier: MIT OR Apache-2.0
//! Buttons through the kernel's GPIO character device (uAPI v2, Linux 5.10 and newer): any board. The kernel debounces and
//! stamps each edge; lines are found by their name or by their chip's label.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gpiocdev::Request;
use gpiocdev::chip::{Chip, chips};
use gpiocdev::line::{Bias as LineBias, EdgeDetection, EdgeEvent, EdgeKind, Value};
use gpiocdev_uapi::{Errno, Error as UapiError};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Bias, ButtonConfig, Buttons, Change, Edge, ErrorKind, LineError, LineName};

/// Who we are in the output of `gpioinfo`.
pub(crate) const CONSUMER: &str = "motcua";
/// Edges that the kernel keeps for us per chip. A press with release is two; a thread that is late by more than this has
/// other troubles, and the gap is noticed.
const KERNEL_BUFFER: u32 = 256;

/// A line that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) chip: PathBuf,
    pub(crate) offset: u32,
}

/// Buttons that are open.
pub(crate) struct GpiocdevButtons {
    /// One request per chip.
    requests: Vec<Request>,
    /// For each button: its line, the index of its request, its offset.
    places: Vec<(LineName, usize, u32)>,
}

impl GpiocdevButtons {
    pub(crate) fn open(buttons: &[ButtonConfig]) -> Result<GpiocdevButtons, LineError> {
        let mut chips: BTreeMap<PathBuf, Vec<(usize, u32)>> = BTreeMap::new();
        for (index, button) in buttons.iter().enumerate() {
            let found = find(&button.line)?;
            chips.entry(found.chip).or_default().push((index, found.offset));
        }
        let mut places: Vec<_> = buttons.iter().map(|button| (button.line.clone(), 0, 0)).collect();
        let mut requests = Vec::new();
        for (chip, lines) in chips {
            for &(index, offset) in &lines {
                places[index].1 = requests.len();
                places[index].2 = offset;
            }
            requests.push(request(&chip, &lines, buttons)?);
        }
        Ok(GpiocdevButtons { requests, places })
    }

    /// The request that has something to read; `None` when there is nothing within `limit`.
    fn ready(&self, limit: Duration) -> Result<Option<usize>, LineError> {
        let mut polled: Vec<_> =
            self.requests.iter().map(|request| PollFd::new(request, PollFlags::IN)).collect();
        let limit = Timespec { tv_sec: limit.as_secs() as i64, tv_nsec: i64::from(limit.subsec_nanos()) };
        if poll(&mut polled, Some(&limit)).is_err() {
            // Interrupted by a signal: nothing yet.
            return Ok(None);
        }
        for (index, polled) in polled.iter().enumerate() {
            let flags = polled.revents();
            if flags.contains(PollFlags::IN) {
                return Ok(Some(index));
            }
            if flags.intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL) {
                return Err(self.lost(index, None));
            }
        }
        Ok(None)
    }

    fn lost(&self, request: usize, source: Option<gpiocdev::Error>) -> LineError {
        let line = self.places.iter().find(|place| place.1 == request);
        let line = line.map_or("", |(line, _, _)| line.as_str());
        let source = source.map(|error| Box::new(error) as Box<dyn Error + Send + Sync>);
        LineError::new(ErrorKind::Lost, "lost the line", line, source)
    }
}

/// Asks the kernel for all buttons of one chip.
fn request(chip: &Path, lines: &[(usize, u32)], buttons: &[ButtonConfig]) -> Result<Request, LineError> {
    let mut builder = Request::builder();
    builder.on_chip(chip).with_consumer(CONSUMER).with_kernel_event_buffer_size(KERNEL_BUFFER);
    let mut name = "";
    for &(index, offset) in lines {
        let button = &buttons[index];
        name = button.line.as_str();
        builder.with_line(offset).as_input().with_edge_detection(EdgeDetection::BothEdges);
        builder.with_debounce_period(button.debounce()).with_bias(match button.bias {
            Bias::PullUp => LineBias::PullUp,
            Bias::PullDown => LineBias::PullDown,
            Bias::None => LineBias::Disabled,
        });
        if button.active_low {
            builder.as_active_low();
        } else {
            builder.as_active_high();
        }
    }
    builder.request().map_err(|error| opening(name, error))
}

/// Takes one edge. Not by `read_edge_event` of gpiocdev 0.8.0, which takes up to eight from the kernel, gives the first and
/// forgets the others.
fn read(request: &Request) -> Result<EdgeEvent, gpiocdev::Error> {
    let mut buffer = vec![0; request.edge_event_u64_size()];
    let length = request.read_edge_events_into_slice(&mut buffer)?;
    request.edge_event_from_slice(&buffer[..length.min(buffer.len())])
}

impl Buttons for GpiocdevButtons {
    fn is_down(&mut self, button: usize) -> Result<bool, LineError> {
        let Some((_, request, offset)) = self.places.get(button) else { return Ok(false) };
        match self.requests[*request].value(*offset) {
            Ok(value) => Ok(value == Value::Active),
            Err(error) => Err(self.lost(*request, Some(error))),
        }
    }

    fn wait(&mut self, limit: Duration) -> Result<Option<Edge>, LineError> {
        let Some(request) = self.ready(limit)? else { return Ok(None) };
        let event = read(&self.requests[request]).map_err(|error| self.lost(request, Some(error)))?;
        let button = self.places.iter().position(|place| (place.1, place.2) == (request, event.offset));
        Ok(button.map(|button| Edge {
            button,
            change: if event.kind == EdgeKind::Rising { Change::Pressed } else { Change::Released },
            at: Duration::from_nanos(event.timestamp_ns),
            seqno: event.line_seqno,
        }))
    }
}

/// Finds a line: by its own name first, then as label and offset.
pub(crate) fn find(name: &LineName) -> Result<Found, LineError> {
    let mut named = Vec::new();
    let mut labelled = Vec::new();
    let mut refused = None;
    for path in chips().unwrap_or_default() {
        match look(&path, name, &mut named, &mut labelled) {
            Ok(()) => {}
            Err(error) => refused = Some(opening(name.as_str(), error)),
        }
    }
    let mut found = if named.is_empty() { labelled } else { named };
    match (found.pop(), found.is_empty(), refused) {
        (Some(found), true, _) => Ok(found),
        (Some(_), false, _) => {
            Err(LineError::new(ErrorKind::Config, "more than one line is called", name.as_str(), None))
        }
        // It may be on the chip that could not be looked at.
        (None, _, Some(refused)) => Err(refused),
        (None, _, None) => {
            Err(LineError::new(ErrorKind::NotFound, "cannot find the line", name.as_str(), None))
        }
    }
}

fn look(
    path: &Path,
    name: &LineName,
    named: &mut Vec<Found>,
    labelled: &mut Vec<Found>,
) -> Result<(), gpiocdev::Error> {
    let chip = Chip::from_path(path)?;
    let info = chip.info()?;
    let found = |offset| Found { chip: path.to_owned(), offset };
    if let Some((label, offset)) = name.chip_and_offset()
        && label == info.label
        && offset < info.num_lines
    {
        labelled.push(found(offset));
    }
    for line in chip.line_info_iter()? {
        let line = line?;
        if line.name == name.as_str() {
            named.push(found(line.offset));
        }
    }
    Ok(())
}

/// An error from before the line was ours.
pub(crate) fn opening(line: &str, error: gpiocdev::Error) -> LineError {
    let errno = match &error {
        gpiocdev::Error::Os(Errno(errno)) | gpiocdev::Error::Uapi(_, UapiError::Os(Errno(errno))) => *errno,
        _ => 0,
    };
    let kind = match errno {
        // EPERM, EACCES
        1 | 13 => ErrorKind::Denied,
        // ENOENT, ENXIO, ENODEV
        2 | 6 | 19 => ErrorKind::NotFound,
        // EBUSY
        16 => ErrorKind::Busy,
        // EINVAL, ENOTSUP: a bias or debounce that this chip does not have
        22 | 95 => ErrorKind::Config,
        _ => ErrorKind::Other,
    };
    LineError::new(kind, "cannot open the line", line, Some(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_no_chip_has_is_not_found() {
        let buttons = [ButtonConfig::new("a", LineName::new("no-such-line-here").unwrap())];
        let Err(error) = GpiocdevButtons::open(&buttons) else { panic!("it was opened") };
        assert!(matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Denied), "{error}");
        assert!(error.to_string().contains("no-such-line-here"), "{error}");
    }
}
