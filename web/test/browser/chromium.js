/** Debian's Chromium, driven by playwright-core. */

import { chromium } from 'playwright-core';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP station.test 127.0.0.1',
];

/** @returns {Promise<import('playwright-core').Browser>} a browser whose autoplay rule is the strict one */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...ARGUMENTS, '--headless=new', '--autoplay-policy=document-user-activation-required'],
    ignoreDefaultArgs: ['--headless', '--mute-audio'],
  });
}
