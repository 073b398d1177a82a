// The dashboard begins: what was chosen is read, the daemon asked, the page drawn.

import 'uplot/dist/uPlot.min.css';
import './style/colours.css';
import './style/page.css';
import './style/list.css';
import './style/details.css';
import './style/dialogs.css';
import { render } from 'preact';
import { begin } from './actions.ts';
import { listenToFiles } from './drop.ts';
import { listenToKeys } from './keyboard.ts';
import { theme } from './state.ts';
import { App } from './views/app.tsx';

const chosen = document.documentElement.dataset['theme'];
if (chosen === 'light' || chosen === 'dark') theme.value = chosen;
begin();
listenToKeys(document);
listenToFiles(document);
const page = document.getElementById('page')!;
page.replaceChildren();
render(<App />, page);
