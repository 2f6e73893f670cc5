//! Music under random controls, as many seconds as its argument says, watched by RealtimeSanitizer: it
//! aborts where the engine allocates, frees, takes a lock or calls the system. `tools/realtime` builds and
//! runs it.
#![allow(
    missing_docs,
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used
)]

#[path = "../tests/station/mod.rs"]
mod station;

use aeolian_score::Change;
use aeolian_score::rng::Rng;
use aeolian_synth::{CHANNELS, SAMPLE_RATE};
use rtsan_standalone::{ScopedSanitizeRealtime, ensure_initialized};
use station::{Station, random_change};

fn main() {
    let seconds: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    ensure_initialized();
    let mut station = Station::new(23, &Change::default());
    let mut rng = Rng::at(23, 0, 0);
    let mut second = vec![0.0f32; SAMPLE_RATE as usize * CHANNELS];
    for _ in 0..seconds {
        let plan = station.plan_for(&random_change(&mut rng));
        let spent = {
            let _watched = ScopedSanitizeRealtime::default();
            let spent = station.engine.adopt(plan);
            station.engine.render(&mut second);
            spent
        };
        drop(spent);
        assert!(second.iter().all(|sample| sample.is_finite()));
    }
    println!("{seconds} seconds rendered, and nothing that might wait");
}
