// The dashboard begins: what was chosen is read, the daemon asked, the page drawn.

import 'uplot/dist/uPlot.min.css';
import './style/colours.css';
import './style/page.css';
import './style/list.css';
import './style/details.css';
import './style/dialogs.css';
import './style/share.css';
import { render } from 'preact';
import { begin } from './actions.ts';
import { listenToFiles } from './drop.ts';
import { listenToKeys } from './keyboard.ts';
import { isShare } from './page-view.ts';
import { theme } from './state.ts';
import { App } from './views/app.tsx';
import { SharePage } from './views/share.tsx';

const chosen = document.documentElement.dataset['theme'];
if (chosen === 'light' || chosen === 'dark') theme.value = chosen;
begin();
if (!isShare) {
  listenToKeys(document);
  listenToFiles(document);
}
const page = document.getElementById('page')!;
page.replaceChildren();
render(isShare ? <SharePage /> : <App />, page);
