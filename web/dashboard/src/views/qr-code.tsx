// A QR code, dark on light whatever the page's ground: readers expect it so. ISO/IEC 18004: four light modules around it.

export function QrCode({ rows, label }: { readonly rows: readonly string[]; readonly label: string }) {
  const side = rows.length + 2 * QUIET;
  let path = '';
  for (const [y, row] of rows.entries()) {
    for (const { 0: run, index } of row.matchAll(/1+/g))
      path += `M${index + QUIET} ${y + QUIET}h${run.length}v1h${-run.length}z`;
  }
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${side} ${side}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

const QUIET = 4;
