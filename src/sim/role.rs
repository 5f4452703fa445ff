// SPDX-License-Identifier: MIT OR Apache-2.0
//! The display and the panel of the bench: the devices of `motcua display` and
//! `motcua panel` with a simulated loudspeaker, buttons and lamps, each in a
//! process of its own with a page of its own.

use super::glass::{Eyes, Fault, bad, router as glass_router};
use super::{NoPort, Options, Role};
use crate::client::HubClient;
use crate::devices::panel::{ButtonBox, StartButtons};
use crate::devices::{display, first_hall, panel, panel_counter};
use crate::hub::devices;
use crate::hub::serve::asked_to_stop;
use crate::ui::headless::{Headless, HeadlessOptions, elements};
use crate::uplink::{Hands, Reports};
use crate::voice::Bank;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use motcua_hal::buttons::sim::SimButtons;
use motcua_hal::buttons::{ButtonConfig, ButtonsHandle, LineName, PanelConfig};
use motcua_hal::lamps::sim::SimLamps;
use motcua_hal::lamps::{LampsHandle, Output};
use motcua_hal::speaker::sim::{SimFault, WavSpeaker};
use serde::Deserialize;
use serde_json::{Value, json};
use std::error::Error;
use std::io::Read;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Levels of the simulated keypad: as many as a scale can have.
const KEYS: usize = 5;

/// Runs a display or a panel until SIGTERM, or until whoever started it is gone.
pub(super) fn run(role: Role, options: &Options) -> Result<(), Box<dyn Error>> {
    let (data, _temporary) = super::data(options)?;
    std::fs::create_dir_all(&data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    ends_with_its_parent(options.child);
    let client = options.outside(&data, &runtime)?.ok_or("a display and a panel need --ticket or --hub")?;
    let at_hub = match role {
        Role::Display => devices::Role::Display,
        Role::Panel => devices::Role::Panel,
    };
    {
        let _entered = runtime.enter();
        Reports::of_device(&data, &client, at_hub, Hands::default())?;
    }
    if options.screenless && role == Role::Panel {
        return run_box(options, &runtime, client, data);
    }
    let headless =
        Headless::install(HeadlessOptions { size: options.size.unwrap_or(role.size()), mock_time: false })?;
    let hall = runtime.block_on(first_hall(&client, &data));
    let handle = runtime.handle().clone();
    let remote = headless.remote();
    match role {
        Role::Display => {
            let speaker = WavSpeaker::new(&data.join("sounds"), options.speaker_speed)?;
            let opened = speaker.clone();
            let display = display::Display::start(display::Parts {
                hall,
                client,
                data,
                runtime: handle,
                speaker: Some(Box::new(move || opened.open())),
                bank: Bank::new(options.recordings.as_deref()),
                high_contrast: false,
            })?;
            display.glass().window().show()?;
            let look = Box::new(|| -> std::pin::Pin<Box<dyn Future<Output = _> + Send>> {
                Box::pin(display::on_its_thread(|d| (elements(d.glass()), d.view().stage.name().to_owned())))
            });
            let app = glass_router(Eyes { remote, look }).merge(display_router(speaker));
            serve(&runtime, options, app)?;
            slint::run_event_loop_until_quit()?;
            drop(display);
            display::end();
        }
        Role::Panel => {
            let counter = runtime.block_on(panel_counter(&client, &data))?;
            let keypad = Keypad::new()?;
            let panel = panel::Panel::start(keypad.parts(hall, counter, client, data, handle))?;
            panel.glass().window().show()?;
            let look = Box::new(|| -> std::pin::Pin<Box<dyn Future<Output = _> + Send>> {
                Box::pin(panel::on_its_thread(|p| (elements(p.glass()), p.view().screen.name().to_owned())))
            });
            let app = glass_router(Eyes { remote, look }).merge(panel_router(keypad));
            serve(&runtime, options, app)?;
            slint::run_event_loop_until_quit()?;
            drop(panel);
            panel::end();
        }
    }
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    Ok(())
}

/// The panel as a box of buttons: no screen, no Slint.
fn run_box(
    options: &Options,
    runtime: &Runtime,
    client: HubClient,
    data: std::path::PathBuf,
) -> Result<(), Box<dyn Error>> {
    let hall = runtime.block_on(first_hall(&client, &data));
    let counter = runtime.block_on(panel_counter(&client, &data))?;
    let keypad = Keypad::new()?;
    let served = ButtonBox::new(keypad.parts(hall, counter, client, data, runtime.handle().clone()))?;
    let (lamps, outbox) = (keypad.lamps.clone(), served.outbox());
    let state = move || {
        let on: Vec<bool> = (0..KEYS).map(|n| lamps.is_on(Output::Lamp(n))).collect();
        let (beeps, waiting) = (lamps.changes(Output::Buzzer) / 2, outbox.waiting().unwrap_or(0));
        std::future::ready(Json(json!({ "role": "panel", "lamps": on, "beeps": beeps, "waiting": waiting })))
    };
    serve(runtime, options, Router::new().route("/state", get(state)).merge(keys(Arc::new(keypad))))?;
    runtime.block_on(async {
        tokio::select! {
            () = served.run(None) => Ok(()),
            stopped = asked_to_stop() => stopped,
        }
    })?;
    Ok(())
}

/// The end of standard input is the end of the bench that started this device, however that ended.
fn ends_with_its_parent(child: bool) {
    if !child {
        return;
    }
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        if slint::quit_event_loop().is_err() {
            std::process::exit(0);
        }
    });
}

#[allow(clippy::print_stdout, reason = "the address is what whoever started this waits for")]
fn serve(runtime: &Runtime, options: &Options, app: Router) -> Result<(), Box<dyn Error>> {
    let listen = options.listen;
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind(listen))
        .map_err(|source| NoPort { listen, source })?;
    println!("motcua sim is at http://{}/", listener.local_addr()?);
    let page = Router::new()
        .route("/", get(async || Html(include_str!("role.html"))))
        .route(
            "/role.js",
            get(async || ([(header::CONTENT_TYPE, "text/javascript")], include_str!("role.js"))),
        )
        .merge(super::api::looks());
    runtime.spawn(async {
        if asked_to_stop().await.is_ok() {
            let _ = slint::quit_event_loop();
        }
    });
    runtime.spawn(async move {
        if let Err(e) = axum::serve(listener, page.merge(app)).await {
            tracing::error!(error = %e, "the device's page");
        }
    });
    Ok(())
}

// ---- display

fn display_router(speaker: WavSpeaker) -> Router {
    Router::new()
        .route("/state", get(display_state))
        .route("/sounds", get(sounds))
        .route("/sounds/{n}", get(sound))
        .route("/devices/speaker/fault", post(speaker_fault))
        .with_state(speaker)
}

async fn display_state(State(speaker): State<WavSpeaker>) -> Result<Json<Value>, Fault> {
    let found = display::on_its_thread(|d| (d.view(), d.speaker())).await;
    let stopping = || Fault(StatusCode::SERVICE_UNAVAILABLE, "the display is stopping".into());
    let (view, state) = found.ok_or_else(stopping)?;
    let fault = state.and_then(|s| s.fault).map(|f| f.to_string());
    Ok(Json(json!({
        "role": "display", "playing": state.is_some_and(|s| s.playing.is_some()), "screen": view.stage.name(), "view": view, "heard": speaker.heard().len(),
        "speaker": { "fault": fault, "set": speaker.faults().iter().map(|f| f.name()).collect::<Vec<_>>(),
                     "kinds": SimFault::ALL.iter().map(|(_, name)| *name).collect::<Vec<_>>() },
    })))
}

async fn sounds(State(speaker): State<WavSpeaker>) -> Json<Value> {
    let heard = speaker.heard();
    let ms = |d: std::time::Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX);
    let list: Vec<Value> = heard
        .iter()
        .map(|h| json!({ "start_ms": ms(h.start), "end_ms": ms(h.end), "length_ms": ms(h.length), "how": format!("{:?}", h.how) }))
        .collect();
    Json(Value::Array(list))
}

async fn sound(State(speaker): State<WavSpeaker>, Path(n): Path<usize>) -> Result<Response, Fault> {
    let heard = speaker.heard();
    let none = || Fault(StatusCode::NOT_FOUND, "no such sound".into());
    let file = &heard.get(n).ok_or_else(none)?.file;
    let bytes = std::fs::read(file).map_err(|e| Fault(StatusCode::NOT_FOUND, e.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "audio/wav")], bytes).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetFault {
    kind: String,
}

async fn speaker_fault(
    State(speaker): State<WavSpeaker>,
    Json(f): Json<SetFault>,
) -> Result<StatusCode, Fault> {
    match (f.kind.as_str(), SimFault::from_name(&f.kind)) {
        ("none", _) => speaker.clear_fault(),
        (_, Some(fault)) => speaker.set_fault(fault),
        (kind, None) => return Err(bad(format!("a speaker has no fault `{kind}`"))),
    }
    Ok(StatusCode::NO_CONTENT)
}

// ---- panel

#[derive(Clone)]
struct Keypad {
    config: PanelConfig,
    buttons: SimButtons,
    lamps: SimLamps,
}

impl Keypad {
    fn new() -> Result<Keypad, Box<dyn Error>> {
        let line = |n: usize| LineName::new(format!("SIM{n}"));
        let buttons: Result<Vec<ButtonConfig>, _> = (1..=KEYS)
            .map(|n| Ok::<_, Box<dyn Error>>(ButtonConfig::new(format!("key {n}"), line(n)?)))
            .collect();
        let config = PanelConfig { buttons: buttons?, ..PanelConfig::default() };
        Ok(Keypad { buttons: SimButtons::new(&config.buttons), lamps: SimLamps::new(KEYS, true), config })
    }

    fn parts(
        &self,
        hall: motcua_core::hall::Hall,
        counter: String,
        client: HubClient,
        data: std::path::PathBuf,
        runtime: tokio::runtime::Handle,
    ) -> panel::Parts {
        let (config, buttons, lamps) = (self.config.clone(), self.buttons.clone(), self.lamps.clone());
        let start: StartButtons = Box::new(move |events| {
            ButtonsHandle::spawn_with(config, Default::default(), move || buttons.open(), events)
        });
        let lamps = LampsHandle::spawn_with(
            Default::default(),
            move || lamps.open(),
            |event| {
                tracing::debug!(?event, "lamps");
            },
        );
        panel::Parts { hall, counter, client, data, runtime, buttons: Some(start), lamps: Some(lamps) }
    }
}

fn panel_router(keypad: Keypad) -> Router {
    let keypad = Arc::new(keypad);
    Router::new().route("/state", get(panel_state)).with_state(keypad.clone()).merge(keys(keypad))
}

fn keys(keypad: Arc<Keypad>) -> Router {
    Router::new().route("/buttons/{n}/{what}", post(press)).with_state(keypad)
}

async fn panel_state(State(keypad): State<Arc<Keypad>>) -> Result<Json<Value>, Fault> {
    let found = panel::on_its_thread(|p| (p.view(), p.waiting())).await;
    let stopping = || Fault(StatusCode::SERVICE_UNAVAILABLE, "the panel is stopping".into());
    let (view, waiting) = found.ok_or_else(stopping)?;
    let lamps: Vec<bool> = (0..KEYS).map(|n| keypad.lamps.is_on(Output::Lamp(n))).collect();
    Ok(Json(json!({
        "role": "panel", "screen": view.screen.name(), "view": view, "waiting": waiting, "lamps": lamps,
        "beeps": keypad.lamps.changes(Output::Buzzer) / 2,
    })))
}

async fn press(
    State(keypad): State<Arc<Keypad>>,
    Path((n, what)): Path<(usize, String)>,
) -> Result<StatusCode, Fault> {
    let Some(place) = n.checked_sub(1).filter(|p| *p < KEYS) else {
        return Err(bad(format!("the keypad has buttons 1 to {KEYS}")));
    };
    match what.as_str() {
        "press" => keypad.buttons.press(place),
        "bounce" => keypad.buttons.bounce(place),
        "hold" => keypad.buttons.hold(place),
        "release" => keypad.buttons.release(place),
        "stick" => keypad.buttons.stick(place),
        "free" => keypad.buttons.free(place),
        "unplug" => keypad.buttons.unplug(),
        "plug" => keypad.buttons.plug_in(),
        _ => return Err(bad("press, bounce, hold, release, stick, free, unplug or plug")),
    }
    Ok(StatusCode::NO_CONTENT)
}
