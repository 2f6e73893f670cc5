//! Metrics, as Prometheus reads them and as JSON.

use std::fmt::{self, Write};

use serde_json::{Map, Value, json};

/// One number, with what tells it from the others of its family.
#[derive(Clone, Debug)]
struct Sample {
    labels: Vec<(&'static str, String)>,
    reading: Reading,
}

#[derive(Clone, Debug)]
enum Reading {
    Number(f64),
    /// Counts up to each bound, then the count and the sum of all.
    Histogram {
        buckets: Vec<(f64, u64)>,
        count: u64,
        sum: f64,
    },
}

#[derive(Clone, Debug)]
struct Family {
    name: &'static str,
    help: &'static str,
    kind: &'static str,
    samples: Vec<Sample>,
}

/// Families of metrics in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    families: Vec<Family>,
}

/// What tells a number from the others of its family.
pub(crate) type Labels<'a> = &'a [(&'static str, &'a str)];

impl Metrics {
    fn add(
        &mut self,
        name: &'static str,
        help: &'static str,
        kind: &'static str,
        labels: Labels<'_>,
        reading: Reading,
    ) {
        let labels = labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let sample = Sample { labels, reading };
        match self.families.iter_mut().find(|family| family.name == name) {
            Some(family) => family.samples.push(sample),
            None => self.families.push(Family { name, help, kind, samples: vec![sample] }),
        }
    }

    /// Adds a counter.
    pub(crate) fn counter(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: Labels<'_>,
        value: u64,
    ) {
        self.counter_of(name, help, labels, value as f64);
    }

    /// Adds a counter that does not count in whole numbers.
    pub(crate) fn counter_of(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: Labels<'_>,
        value: f64,
    ) {
        self.add(name, help, "counter", labels, Reading::Number(value));
    }

    /// Adds a gauge.
    pub(crate) fn gauge(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: Labels<'_>,
        value: f64,
    ) {
        self.add(name, help, "gauge", labels, Reading::Number(value));
    }

    /// Adds a histogram. `buckets` holds bounds with how many values are at most that.
    pub(crate) fn histogram(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: Labels<'_>,
        buckets: Vec<(f64, u64)>,
        count: u64,
        sum: f64,
    ) {
        self.add(name, help, "histogram", labels, Reading::Histogram { buckets, count, sum });
    }

    /// The Prometheus text format, version 0.0.4.
    pub(crate) fn to_prometheus(&self) -> String {
        let mut text = String::new();
        for family in &self.families {
            // Writing to a String cannot fail.
            let _ = family.write(&mut text);
        }
        text
    }

    /// The same as JSON: a number for each family, or a list of them with their labels.
    pub(crate) fn to_json(&self) -> Value {
        let families = self.families.iter().map(|family| {
            let value = match family.samples.as_slice() {
                [only] if only.labels.is_empty() => only.reading.to_json(),
                samples => samples.iter().map(Sample::to_json).collect(),
            };
            (family.name.to_owned(), value)
        });
        Value::Object(families.collect())
    }
}

impl Family {
    fn write(&self, out: &mut String) -> fmt::Result {
        let Self { name, help, kind, samples } = self;
        writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")?;
        for sample in samples {
            match &sample.reading {
                Reading::Number(value) => sample.write(out, name, "", None, *value)?,
                Reading::Histogram { buckets, count, sum } => {
                    for (bound, up_to) in buckets {
                        let bound = bound.to_string();
                        sample.write(out, name, "_bucket", Some(&bound), *up_to as f64)?;
                    }
                    sample.write(out, name, "_bucket", Some("+Inf"), *count as f64)?;
                    sample.write(out, name, "_sum", None, *sum)?;
                    sample.write(out, name, "_count", None, *count as f64)?;
                }
            }
        }
        Ok(())
    }
}

impl Sample {
    fn write(
        &self,
        out: &mut String,
        name: &str,
        suffix: &str,
        bound: Option<&str>,
        value: f64,
    ) -> fmt::Result {
        write!(out, "{name}{suffix}")?;
        let labels = self.labels.iter().map(|(name, value)| (*name, value.as_str()));
        let mut separator = '{';
        for (label, text) in labels.chain(bound.map(|bound| ("le", bound))) {
            let text = text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', "\\n");
            write!(out, "{separator}{label}=\"{text}\"")?;
            separator = ',';
        }
        let end = if separator == ',' { "}" } else { "" };
        writeln!(out, "{end} {value}")
    }

    fn to_json(&self) -> Value {
        let labels = self.labels.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
        json!({ "labels": Map::from_iter(labels), "value": self.reading.to_json() })
    }
}

impl Reading {
    fn to_json(&self) -> Value {
        match self {
            Reading::Number(value) => json!(value),
            Reading::Histogram { buckets, count, sum } => {
                let bucket = |(bound, up_to): &(f64, u64)| json!({"le": bound, "count": up_to});
                let buckets: Vec<_> = buckets.iter().map(bucket).collect();
                json!({ "buckets": buckets, "count": count, "sum": sum })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_read_as_prometheus_and_as_json() {
        let mut metrics = Metrics::default();
        metrics.gauge("listeners", "Now.", &[("station", "a\"b\\")], 2.0);
        metrics.gauge("listeners", "Now.", &[("station", "c")], 0.0);
        metrics.counter("bytes_total", "Sent.", &[], 12);
        metrics.histogram("wait_seconds", "Waited.", &[], vec![(0.1, 1), (1.0, 3)], 4, 2.5);
        let expected = "\
# HELP listeners Now.
# TYPE listeners gauge
listeners{station=\"a\\\"b\\\\\"} 2
listeners{station=\"c\"} 0
# HELP bytes_total Sent.
# TYPE bytes_total counter
bytes_total 12
# HELP wait_seconds Waited.
# TYPE wait_seconds histogram
wait_seconds_bucket{le=\"0.1\"} 1
wait_seconds_bucket{le=\"1\"} 3
wait_seconds_bucket{le=\"+Inf\"} 4
wait_seconds_sum 2.5
wait_seconds_count 4
";
        assert_eq!(metrics.to_prometheus(), expected);
        let json = metrics.to_json();
        assert_eq!(json["bytes_total"], 12.0);
        assert_eq!(json["listeners"][1]["labels"]["station"], "c");
        assert_eq!(json["wait_seconds"]["buckets"][1]["count"], 3);
    }
}
