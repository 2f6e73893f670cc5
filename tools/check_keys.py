#!/usr/bin/env python3
"""Does the music sound in the key that was asked for? An outside opinion, for developers.

Renders a piece of three minutes for each of the 12 tonics, major and minor, as MIDI, and asks music21
for its key by the method of Krumhansl and Schmuckler. Exits 1 when fewer than 90 % agree with the
key asked for or its relative. `./test --full` runs this; it takes about half a minute.

    cargo build --release
    pip install music21 mido
    python3 tools/check_keys.py target/release/aeolian [seeds]
"""

import pathlib
import subprocess
import sys
import tempfile

import mido
import music21

TONICS = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
AGREEMENT_MIN = 0.9


def relative_major(tonic, mode):
    return tonic if mode == "major" else (tonic + 3) % 12


def check(binary, tonic, mode, seed, folder):
    """(asked, found) as (pitch class, mode)."""
    path = pathlib.Path(folder) / f"{tonic}-{mode}-{seed}.mid"
    key = f"{TONICS[tonic]} {mode}"
    args = ["render", "--score", path, "--duration", "3m", "--seed", str(seed), "--key", key]
    subprocess.run([binary, *args], check=True)
    seconds = mido.MidiFile(path).length
    assert abs(seconds - 180) < 0.01, f"{path} lasts {seconds} s"
    found = music21.converter.parse(path).analyze("key.krumhanslschmuckler")
    return (tonic, mode), (found.tonic.pitchClass, found.mode)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    seeds = int(sys.argv[2]) if len(sys.argv) == 3 else 1
    same = related = count = 0
    with tempfile.TemporaryDirectory() as folder:
        for mode in ("major", "minor"):
            for tonic in range(12):
                for seed in range(seeds):
                    asked, found = check(sys.argv[1], tonic, mode, seed, folder)
                    count += 1
                    same += asked == found
                    related += relative_major(*asked) == relative_major(*found)
                    if relative_major(*asked) != relative_major(*found):
                        print(f"seed {seed}: asked {TONICS[tonic]} {mode}, found {TONICS[found[0]]} {found[1]}")
    print(f"{count} pieces: the key itself in {same / count:.0%}, it or its relative in {related / count:.0%}")
    sys.exit(related / count < AGREEMENT_MIN)


if __name__ == "__main__":
    main()
