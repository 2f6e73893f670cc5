/** `npm run mock`: the page, played by the mock station. */

import { MockStation } from './mock.js';

console.log(await new MockStation().start(Number(process.argv[2] ?? 8000)));
