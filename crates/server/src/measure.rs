//! What `/api/metrics` tells: the server's counts and those of every station.

use aeolian_codec::Codec;
use aeolian_piece::CHUNK_MS;
use aeolian_station::Station;
use aeolian_station::stats::BUCKETS_MS;
use aeolian_station::status::Health;
use aeolian_wire::Format;

use crate::audience::Audience;
use crate::metrics::Metrics;
use crate::server::Server;

/// Reads everything that is counted.
pub(crate) fn measure(server: &Server) -> Metrics {
    let mut metrics = Metrics::default();
    let stations = server.registry.list();
    for station in &stations {
        measure_station(&mut metrics, station, &server.audience);
    }
    metrics.gauge("aeolian_stations", "Stations.", &[], stations.len() as f64);
    measure_server(&mut metrics, server);
    metrics
}

/// What a listener may ask for: a format of the socket, or a stream of a codec.
fn formats() -> impl Iterator<Item = &'static str> {
    let sockets = Format::all().map(Format::name);
    let is_new = |name: &&str| Format::all().all(|format| format.name() != *name);
    sockets.chain(Codec::all().map(Codec::name).filter(is_new))
}

fn measure_station(metrics: &mut Metrics, station: &Station, audience: &Audience) {
    let (status, stats) = (station.status(), station.stats());
    let labels = &[("station", station.name())][..];
    for format in formats() {
        metrics.gauge(
            "aeolian_listeners",
            "Listeners now.",
            &[("station", station.name()), ("format", format)],
            audience.count(station.name(), format) as f64,
        );
    }
    metrics.gauge(
        "aeolian_buffer_chunks",
        "Chunks rendered and not yet released: the depth of the ring.",
        labels,
        status.buffer_chunks as f64,
    );
    metrics.gauge(
        "aeolian_render_load",
        "Time to render over the time that is rendered.",
        labels,
        status.render_load,
    );
    metrics.gauge(
        "aeolian_degraded",
        "1 after an underrun in the last seconds, else 0.",
        labels,
        f64::from(status.status != Health::Ok),
    );
    metrics.gauge(
        "aeolian_kept",
        "1 while the station's changes are written down and survive a restart, else 0.",
        labels,
        f64::from(station.is_kept()),
    );
    metrics.counter_of(
        "aeolian_render_seconds_total",
        "Time spent rendering.",
        labels,
        stats.render_ns.get() as f64 / 1e9,
    );
    metrics.gauge(
        "aeolian_render_chunk_seconds_max",
        "The longest that a chunk took to render.",
        labels,
        stats.render_ns_max.get() as f64 / 1e9,
    );
    for (name, help, count) in [
        ("aeolian_chunks_rendered_total", "Chunks rendered.", &stats.rendered),
        ("aeolian_chunks_released_total", "Chunks given out to listeners.", &stats.hub.released),
        (
            "aeolian_underruns_total",
            "Chunks that were not there when they were due.",
            &stats.underruns,
        ),
        (
            "aeolian_chunks_too_late_total",
            "Chunks rendered after they had been given up.",
            &stats.too_late,
        ),
        ("aeolian_overruns_total", "Times that the renderer found no room.", &stats.overruns),
        (
            "aeolian_reanchors_total",
            "Times that the pacer was too late and started a new schedule.",
            &stats.reanchors,
        ),
        (
            "aeolian_lagged_total",
            "Times that a listener fell behind and was moved to the live edge.",
            &stats.hub.lagged,
        ),
        (
            "aeolian_rebuilds_total",
            "Times that the station was rebuilt after a fault.",
            &stats.rebuilds,
        ),
        ("aeolian_controls_total", "Controls that the station took.", &stats.controls),
        ("aeolian_joined_total", "Listeners that ever joined.", &stats.hub.joined),
    ] {
        metrics.counter(name, help, labels, count.get());
    }
    metrics.counter(
        "aeolian_log_forgotten_total",
        "Changes that the station no longer remembers.",
        labels,
        station.log_forgotten(),
    );
    let counts = stats.control_to_wire.counts();
    let mut up_to = 0;
    let buckets = BUCKETS_MS.iter().zip(counts).map(|(bound_ms, count)| {
        up_to += count;
        (*bound_ms as f64 / 1e3, up_to)
    });
    metrics.histogram(
        "aeolian_control_to_wire_seconds",
        "From the arrival of a control to the release of the first chunk that obeys it.",
        labels,
        buckets.collect(),
        counts.iter().sum(),
        stats.control_to_wire.sum_us() as f64 / 1e6,
    );
}

fn measure_server(metrics: &mut Metrics, server: &Server) {
    let stats = &server.stats;
    let limits = &server.config.limits;
    metrics.gauge(
        "aeolian_uptime_seconds",
        "Since the server started.",
        &[],
        server.started.elapsed().as_secs_f64(),
    );
    metrics.gauge("aeolian_chunk_seconds", "The length of a chunk.", &[], CHUNK_MS as f64 / 1e3);
    metrics.gauge("aeolian_listeners_limit", "Listeners allowed.", &[], limits.listeners as f64);
    for (i, count) in stats.answers.iter().enumerate() {
        let status = format!("{}xx", i + 1);
        let labels = &[("status", status.as_str())];
        metrics.counter("aeolian_http_answers_total", "Answers by status.", labels, count.get());
    }
    for (limit, count) in [
        ("connections_per_ip", &stats.connections_refused),
        ("handshakes", &stats.handshakes_pushed_out),
        ("header_timeout", &stats.headers_timed_out),
        ("header_bytes", &stats.headers_too_large),
        ("body_timeout", &stats.bodies_timed_out),
        ("body_bytes", &stats.bodies_too_large),
        ("stall_timeout", &stats.stalled),
        ("requests", &stats.requests_too_many),
        ("stations", &stats.stations_refused),
        ("listeners", &stats.listeners_refused),
        ("messages", &stats.messages_too_many),
        ("message_bytes", &stats.messages_too_big),
    ] {
        let labels = &[("limit", limit)];
        metrics.counter("aeolian_limit_hits_total", "Times a limit was hit.", labels, count.get());
    }
    for (name, help, count) in [
        ("aeolian_connections_total", "Connections accepted.", &stats.connections),
        (
            "aeolian_requests_malformed_total",
            "Requests that were no HTTP.",
            &stats.requests_malformed,
        ),
        (
            "aeolian_requests_forbidden_total",
            "Requests without the right to what they asked.",
            &stats.requests_forbidden,
        ),
        ("aeolian_bytes_sent_total", "Bytes written to listeners.", &stats.bytes_sent),
        ("aeolian_messages_total", "Messages taken from listeners.", &stats.messages),
        (
            "aeolian_violations_total",
            "Listeners closed because they broke the protocol.",
            &stats.violations,
        ),
        (
            "aeolian_evicted_total",
            "Listeners closed because they fell too far behind, or took nothing.",
            &stats.evicted,
        ),
        ("aeolian_controls_accepted_total", "Controls taken.", &stats.controls_accepted),
        ("aeolian_controls_refused_total", "Controls refused.", &stats.controls_refused),
        (
            "aeolian_client_underruns_total",
            "Underruns that listeners report.",
            &stats.reported_underruns,
        ),
    ] {
        metrics.counter(name, help, &[], count.get());
    }
    for (name, help, histogram) in [
        (
            "aeolian_send_seconds",
            "From the release of a chunk until the kernel has it for a WebSocket listener.",
            &stats.sending,
        ),
        (
            "aeolian_client_buffer_seconds",
            "What listeners report to have buffered.",
            &stats.reported_buffer,
        ),
    ] {
        let buckets = histogram.cumulative().collect();
        metrics.histogram(name, help, &[], buckets, histogram.count(), histogram.sum_s());
    }
}
