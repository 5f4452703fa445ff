// SPDX-License-Identifier: MIT OR Apache-2.0
//! One lane of one simulated device: the product's own sender over an outbox
//! that is worked out from the script, and requests as the uplink makes them.

use super::devices::Device;
use super::script::{Script, health};
use super::world::World;
use motcua_link::send::{Mood, Next, Outbox, Reply, Request, Sender};
use motcua_link::wire::{
    CONTENT_TYPE, Chain, CloudEvent, Epoch, Lane, Problem, ProblemKind, Receipt, Source, write,
};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// As the uplink waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// First day of the simulated halls, counted from 1970.
const FIRST_DAY: i64 = 20_400;

/// An outbox that holds nothing: event `n` is what the script says.
#[derive(Debug)]
struct Simulated {
    device: Device,
    lane: Lane,
    epoch: Epoch,
    script: Script,
    world: Arc<World>,
    acked: Option<(u64, Chain)>,
}

impl Simulated {
    fn event(&self, seq: u64) -> Option<CloudEvent> {
        let (source, epoch) = (&self.device.source, &self.epoch);
        if self.lane == Lane::Business {
            return self.script.cloud_event(source, epoch, seq).ok();
        }
        let at_ms = jiff::Timestamp::now().as_millisecond();
        let kind = "motcua.device.health.v1";
        CloudEvent::new(source, epoch, self.lane, seq, kind, at_ms, &health(seq)).ok()
    }
}

impl Outbox for Simulated {
    type Error = Infallible;

    fn source(&self) -> Source {
        self.device.source.clone()
    }

    fn lane(&self) -> Lane {
        self.lane
    }

    fn epoch(&mut self) -> Result<(Epoch, u64), Infallible> {
        Ok((self.epoch.clone(), 1))
    }

    fn head(&mut self) -> Result<u64, Infallible> {
        Ok(if self.lane == Lane::Business {
            self.world.head(self.device.seed)
        } else {
            self.world.minutes(self.device.seed)
        })
    }

    fn after(&mut self, seq: u64, limit: usize) -> Result<Vec<(u64, CloudEvent)>, Infallible> {
        let head = self.head()?;
        Ok((seq + 1..=head).take(limit).filter_map(|n| Some((n, self.event(n)?))).collect())
    }

    fn acked(&mut self) -> Result<Option<(u64, Chain)>, Infallible> {
        Ok(self.acked)
    }

    fn keep(&mut self, through: u64, chain: Chain) -> Result<(), Infallible> {
        self.acked = Some((through, chain));
        Ok(())
    }

    fn new_epoch(&mut self, _: u64) -> Result<(), Infallible> {
        // A fork here is a fault of the program under test; the run then never drains and says so.
        Ok(())
    }
}

/// Makes the connection that the device will send over.
pub(super) async fn connect(device: &Device) -> bool {
    let url = format!("{}/v1/devices/{}/lanes/business", device.route.base, device.source);
    match device.route.client.get(url).timeout(PATIENCE).send().await {
        // The body's end gives the connection back to the client.
        Ok(answer) => answer.status().is_success() && answer.bytes().await.is_ok(),
        Err(_) => false,
    }
}

/// Sends a lane for ever.
pub(super) async fn run(device: Device, lane: Lane, world: Arc<World>) {
    let Ok(epoch) = Epoch::random() else { return };
    let script = Script::new(device.seed, FIRST_DAY);
    let outbox = Simulated { device, lane, epoch, script, world: Arc::clone(&world), acked: None };
    let Ok(mut sender) = Sender::new(outbox);
    loop {
        let Ok(next) = sender.due();
        let mood = match next {
            // Devices that were started together must not look together for ever.
            Next::Idle => {
                let part = 0.5 + f64::from(random()) / f64::from(u32::MAX);
                Mood::Wait(world.idle().mul_f64(part))
            }
            Next::Send(request) => {
                let reply = ask(&sender.outbox().device, lane, &request, &world).await;
                let Ok(mood) = sender.replied(&request, reply, random());
                mood
            }
        };
        if let Mood::Wait(wait) = mood {
            tokio::time::sleep(wait).await;
        }
    }
}

async fn ask(device: &Device, lane: Lane, request: &Request, world: &World) -> Reply {
    if world.is_cut() {
        return Reply::Lost("cut".into());
    }
    let Ok(body) = write(&request.events) else { return Reply::Lost("packing".into()) };
    let bytes = body.len() as u64;
    let mut heading = request.heading.clone();
    heading.sent_ms = Some(jiff::Timestamp::now().as_millisecond());
    let url = format!("{}/v1/devices/{}/lanes/{lane}/events", device.route.base, device.source);
    let mut call = device
        .route
        .client
        .post(url)
        .timeout(PATIENCE)
        .header("content-type", CONTENT_TYPE)
        .header("content-encoding", "zstd");
    for (name, value) in heading.write() {
        call = call.header(name, value);
    }
    let begun = Instant::now();
    let answer = match call.body(body).send().await {
        Ok(answer) => answer,
        Err(e) => {
            world.answered(0, begun.elapsed());
            return Reply::Lost(e.to_string());
        }
    };
    let status = answer.status().as_u16();
    let wait = answer.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse().ok());
    let text = answer.text().await.unwrap_or_default();
    world.answered(status, begun.elapsed());
    if status != 200 {
        let unknown = || Problem::new(ProblemKind::Unavailable, text.clone());
        let problem = serde_json::from_str(&text).unwrap_or_else(|_| unknown());
        return Reply::Problem(problem, wait.map(Duration::from_secs));
    }
    match serde_json::from_str::<Receipt>(&text) {
        Ok(receipt) => {
            if lane == Lane::Business {
                world.acked((receipt.acked_through + 1).saturating_sub(request.heading.first), bytes);
            }
            Reply::Taken(receipt)
        }
        Err(e) => Reply::Lost(e.to_string()),
    }
}

fn random() -> u32 {
    let mut bytes = [0; 4];
    // Without random numbers the longest wait is taken, as the uplink does.
    if getrandom::fill(&mut bytes).is_err() { u32::MAX } else { u32::from_le_bytes(bytes) }
}
