// The animation of a run: a swarm graph and a map of who has which pieces, at a moment that the reader chooses. It moves only
// while somebody plays it. The function is put into the page as text: it stands alone, and what it needs is given to it.

import type { PageDocument, PageElement, PageWindow } from './page-dom.ts';
import type { PLAYER_PARTS } from './player-script.ts';
import type { TimelineText } from './timeline-text.ts';

export function player(document: PageDocument, window: PageWindow, parts: typeof PLAYER_PARTS): void {
  const PLAY_MS = 16_000;
  const SIZE = 440;
  const SVG = 'http://www.w3.org/2000/svg';

  // Each is made when it comes near: a report may have many.
  const observer = new window.IntersectionObserver(
    entries => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        start(target);
      }
    },
    { rootMargin: '400px' },
  );
  for (const root of document.querySelectorAll('.player')) observer.observe(root);

  function start(root: PageElement): void {
    const find = (selector: string) => root.querySelector(selector)!;
    const timeline = JSON.parse(find('.timeline').textContent!) as TimelineText;
    const moments = parts.readTimeline(timeline);
    const { peers, stepMs } = timeline;
    const [scrubber, button, graph, list, canvas] = [
      find('.scrubber'),
      find('.play'),
      find('.graph'),
      find('.rows'),
      find('.cells'),
    ];
    const last = moments.length - 1;
    const isTall = peers.length <= 22;
    const rowHeight = isTall ? 20 : 14;
    list.classList.toggle('is-tall', isTall);
    const radius = parts.ringRadius(peers.length);
    const places = parts.ringPlaces(peers, SIZE);
    const largest = Math.max(1, ...moments.map(({ flows }) => Math.max(0, ...flows.map(flow => flow[2]))));
    const edges: PageElement[] = [];
    const edgeLayer = add(graph, 'g', {});
    const nodes = peers.map((peer, i) => makeNode(peer.hasEverything, i));
    const rows = peers.map((peer, i) => makeRow(peer.name, i));
    let at = half();
    let chosen = -1;
    let turn = 0;
    let isPlaying = false;
    let wasMoved = false;

    scrubber.max = `${last}`;
    scrubber.addEventListener('input', () => {
      pause();
      show(Number(scrubber.value));
    });
    button.addEventListener('click', () => (isPlaying ? pause() : play()));
    list.addEventListener('keydown', event => {
      const by: Record<string, () => void> = {
        ArrowDown: () => choose(Math.min(peers.length - 1, chosen + 1)),
        ArrowUp: () => choose(Math.max(0, chosen - 1)),
        Home: () => choose(0),
        End: () => choose(peers.length - 1),
        Escape: () => choose(-1),
        ArrowRight: () => step(1),
        ArrowLeft: () => step(-1),
      };
      const act = by[event.key ?? ''];
      if (act === undefined) return;
      event.preventDefault();
      act();
    });
    window.addEventListener('resize', drawCells);
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawCells);
    // What a seed sends is what is looked for first.
    choose(peers.findIndex(({ hasEverything }) => hasEverything));
    root.dataset['ready'] = '';

    /** The frame in which half of everything has come: a picture that says something. */
    function half(): number {
      const all = (i: number) => moments[i]!.have.reduce((sum, digits) => sum + parts.shareOf(digits), 0);
      const [none, most] = [all(0), all(last)];
      const found = moments.findIndex((_, i) => all(i) >= (none + most) / 2);
      return Math.max(0, found);
    }

    function step(by: number): void {
      pause();
      show(Math.max(0, Math.min(last, at + by)));
    }

    function play(): void {
      isPlaying = true;
      if (!wasMoved || at === last) at = 0;
      const from = at;
      let began = -1;
      const frame = (now: number) => {
        if (began === -1) began = now;
        show(Math.min(last, from + Math.floor(((now - began) / PLAY_MS) * last)));
        if (at === last) pause();
        else turn = window.requestAnimationFrame(frame);
      };
      button.textContent = 'Pause';
      turn = window.requestAnimationFrame(frame);
    }

    function pause(): void {
      isPlaying = false;
      wasMoved = true;
      window.cancelAnimationFrame(turn);
      button.textContent = 'Play';
    }

    function choose(peer: number): void {
      if (chosen !== -1) {
        rows[chosen]!.row.setAttribute('aria-selected', 'false');
        nodes[chosen]!.group.classList.toggle('is-chosen', false);
      }
      chosen = peer;
      list.setAttribute('aria-activedescendant', chosen === -1 ? '' : rows[chosen]!.id);
      if (chosen !== -1) {
        rows[chosen]!.row.setAttribute('aria-selected', 'true');
        nodes[chosen]!.group.classList.toggle('is-chosen', true);
      }
      show(at);
    }

    function show(frame: number): void {
      at = frame;
      const moment = moments[at]!;
      const words = parts.momentWords(moment, peers, stepMs, parts);
      scrubber.value = `${at}`;
      scrubber.setAttribute('aria-valuetext', words);
      find('.moment').textContent = words;
      const shares = moment.have.map(parts.shareOf);
      find('.of-chosen').textContent =
        chosen === -1
          ? 'Choose a peer, on the ring or in the list, to see whom it exchanges with.'
          : parts.peerWords(moment, peers, chosen, shares[chosen]!, stepMs, parts);
      for (const [i, { group, fill }] of nodes.entries()) {
        group.classList.toggle('is-away', moment.have[i] === '');
        group.classList.toggle('is-complete', shares[i]! >= 1);
        fill?.setAttribute('d', parts.filledPath(shares[i]!, places[i]!, radius));
        rows[i]!.share.textContent = moment.have[i] === '' ? '' : `${Math.floor(100 * shares[i]!)} %`;
      }
      drawEdges();
      drawCells();
    }

    function drawEdges(): void {
      const { flows } = moments[at]!;
      for (const [i, [from, to, bytes]] of flows.entries()) {
        edges[i] ??= add(edgeLayer, 'path', {});
        const side =
          chosen === -1 ? 'is-plain' : to === chosen ? 'is-in' : from === chosen ? 'is-out' : 'is-other';
        edges[i].setAttribute('class', `flow ${side}`);
        edges[i].setAttribute('d', parts.edgePath(places[from]!, places[to]!, SIZE));
        edges[i].setAttribute('stroke-width', (0.5 + 3.5 * Math.sqrt(bytes / largest)).toFixed(1));
      }
      for (let i = flows.length; i < edges.length; i++) edges[i]!.setAttribute('class', 'is-none');
    }

    function drawCells(): void {
      const { have } = moments[at]!;
      const ratio = window.devicePixelRatio;
      const wide = canvas.clientWidth;
      canvas.width = Math.round(wide * ratio);
      canvas.height = Math.round(rowHeight * peers.length * ratio);
      const context = canvas.getContext('2d')!;
      context.scale(ratio, ratio);
      const style = window.getComputedStyle(document.documentElement);
      const colour = (name: string) => style.getPropertyValue(`--${name}`);
      const [ground, mine, complete] = [colour('line'), colour('received'), colour('complete')];
      for (const [peer, digits] of have.entries()) {
        const cell = wide / Math.max(1, digits.length);
        const gap = cell >= 4 ? 1 : 0;
        const isComplete = digits !== '' && !/[^9]/.test(digits);
        for (let i = 0; i < digits.length; i++) {
          const share = (digits.charCodeAt(i) - 48) / 9;
          for (const [fill, alpha] of [
            [ground, 1],
            [isComplete ? complete : mine, share === 0 ? 0 : 0.15 + 0.85 * share],
          ] as const) {
            context.fillStyle = fill;
            context.globalAlpha = alpha;
            context.fillRect(i * cell, peer * rowHeight + 1, cell - gap, rowHeight - 2);
          }
        }
      }
    }

    function makeNode(isSeed: boolean, peer: number) {
      const { x, y } = places[peer]!;
      const group = add(graph, 'g', { class: isSeed ? 'peer is-seed' : 'peer' });
      add(group, 'title', {}).textContent = peers[peer]!.name;
      if (isSeed) add(group, 'rect', { x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius });
      else add(group, 'circle', { cx: x, cy: y, r: radius });
      const fill = isSeed ? undefined : add(group, 'path', { class: 'filled' });
      group.addEventListener('click', () => choose(peer === chosen ? -1 : peer));
      return { group, fill };
    }

    function makeRow(name: string, peer: number) {
      const id = `${root.dataset['id']}-${peer}`;
      const row = document.createElement('li');
      const share = document.createElement('span');
      const label = document.createElement('span');
      label.textContent = name;
      row.setAttribute('id', id);
      row.setAttribute('role', 'option');
      row.setAttribute('aria-selected', 'false');
      row.append(label, share);
      row.addEventListener('click', () => choose(peer === chosen ? -1 : peer));
      list.append(row);
      return { id, row, share };
    }
  }

  function add(parent: PageElement, name: string, attributes: Record<string, string | number>): PageElement {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, `${value}`);
    parent.append(made);
    return made;
  }
}
