// Whose page this is: a daemon's, or that of `swarmline share`, which has one torrent and changes nothing. The server says it in
// the page, so that the first thing that is drawn is the right one.

export const isShare = document.documentElement.dataset['view'] === 'share';
/** What would change something is not shown. */
export const isReadOnly = isShare;
