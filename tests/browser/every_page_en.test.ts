// Every page in English (every_page.ts).

import { everyPage } from './every_page';

everyPage('en');
