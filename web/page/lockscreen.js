/**
 * Lock screen and media keys, and a screen that stays awake while somebody watches. The browser
 * gives the media keys to pages with a media element that plays: a loop of silence stands for the
 * audio graph.
 */

import { capital } from './music.js';

/** @typedef {import('../client/station.js').Station} Station */
/** @typedef {import('../client/health.js').Health} Health */

export class LockScreen {
  #silence = new Audio();
  /** @type {WakeLockSentinel | null} */
  #lock = null;
  #playing = false;

  /** @param {Station} station @param {() => boolean} sleepy whether the screen may go dark */
  constructor(station, sleepy) {
    this.station = station;
    this.sleepy = sleepy;
    this.#silence.loop = true;
    this.#silence.preload = 'none';
    this.#silence.src = new URL('silence.flac', import.meta.url).href;
    const session = navigator.mediaSession;
    session?.setActionHandler('play', () => void station.play());
    session?.setActionHandler('pause', () => void station.pause());
    session?.setActionHandler('stop', () => void station.pause());
    document.addEventListener('visibilitychange', () => void this.#watch());
  }

  /** @param {Health} health */
  show({ phase }) {
    const playing = phase !== 'idle' && phase !== 'refused';
    if (playing === this.#playing) return;
    this.#playing = playing;
    if (playing) this.#silence.play().catch(() => {});
    else this.#silence.pause();
    if (navigator.mediaSession) navigator.mediaSession.playbackState = playing ? 'playing' : 'paused';
    void this.#watch();
  }

  /** @param {{ chord: string, name: string, section: string }} bar */
  title({ chord, name, section }) {
    if (!navigator.mediaSession) return;
    const artwork = [
      { src: new URL('../icons/icon-512.png', import.meta.url).href, sizes: '512x512', type: 'image/png' },
    ];
    const title = name ? `${capital(section)} in ${name}` : capital(section);
    navigator.mediaSession.metadata = new MediaMetadata({ title, artist: 'Aeolian', album: chord, artwork });
  }

  async #watch() {
    const wanted = this.#playing && document.visibilityState === 'visible' && !this.sleepy();
    if (wanted && !this.#lock) {
      this.#lock = (await navigator.wakeLock?.request('screen').catch(() => null)) ?? null;
      this.#lock?.addEventListener('release', () => {
        this.#lock = null;
      });
    } else if (!wanted && this.#lock) {
      await this.#lock.release();
    }
  }
}
