// The head of an HTTP/1 request (RFC 9112), read from text of one unit a byte. Strict where two readers could disagree
// about where a request ends, which is what smuggling lives on: CRLF alone ends a line, no white space before a colon, no
// folded line, one Host, one Content-Length, no control characters. It takes no bodies, and judges no method and no path.

export interface RequestHead {
  readonly method: string;
  /** From the slash on, as it came. */
  readonly target: string;
  /** HTTP/1.1; 1.0 otherwise. */
  readonly isVersion11: boolean;
  readonly fields: RequestFields;
  /** Where the next request begins. */
  readonly end: number;
}

/** The header fields of a request. Those that a connection sends again and again are read once: see `known`. */
export interface RequestFields {
  /** The lines as they came, without the last line break. */
  readonly text: string;
  /** By their names in lower case; several of one name are joined by commas. */
  readonly values: ReadonlyMap<string, string>;
  readonly keepsAlive: boolean;
  readonly closes: boolean;
  readonly upgrades: boolean;
  /** A body follows, which nobody here reads. */
  readonly hasBody: boolean;
}

export interface HeadFault {
  readonly status: 400 | 431 | 505;
}

/**
 * Reads the head that begins at `start`; undefined where it is not whole yet. `known` are the fields of the request
 * before: the same text is not read twice.
 */
export function readRequestHead(
  text: string,
  start: number,
  maxLength: number,
  known?: RequestFields,
): RequestHead | HeadFault | undefined {
  const end = text.indexOf('\r\n\r\n', start);
  if (end < 0) return text.length - start > maxLength ? TOO_LONG : faultInBeginning(text, start);
  if (end - start > maxLength) return TOO_LONG;
  const lineEnd = text.indexOf('\r\n', start);
  REQUEST_LINE.lastIndex = start;
  const line = REQUEST_LINE.exec(text);
  if (line === null || REQUEST_LINE.lastIndex !== lineEnd) return faultOfLine(text.slice(start, lineEnd));
  const fieldsText = lineEnd === end ? '' : text.slice(lineEnd + 2, end);
  const fields = known?.text === fieldsText ? known : readFields(fieldsText);
  if (fields === undefined) return BAD;
  const isVersion11 = line[3] === '1';
  if (isVersion11 && !fields.values.has('host')) return BAD;
  return { method: line[1]!, target: line[2]!, isVersion11, fields, end: end + 4 };
}

export function isHeadFault(read: RequestHead | HeadFault): read is HeadFault {
  return 'status' in read;
}

/** True where a list of tokens such as `gzip;q=0.8, br` has this one, and not with `q=0`. */
export function hasToken(value: string | undefined, token: string): boolean {
  if (value === undefined) return false;
  return value.split(',').some(part => {
    const [name, ...parameters] = part.split(';').map(word => word.trim().toLowerCase());
    return name === token && !parameters.some(parameter => /^q=0(?:\.0*)?$/.test(parameter));
  });
}

/** What can never become a request is not waited for. */
function faultInBeginning(text: string, start: number): HeadFault | undefined {
  BEGINNING.lastIndex = start;
  return BEGINNING.test(text) ? undefined : BAD;
}

function faultOfLine(line: string): HeadFault {
  return /^[A-Z]{1,20} \S+ HTTP\/\d\.\d$/.test(line) && !/ HTTP\/1\.[01]$/.test(line) ? VERSION : BAD;
}

function readFields(text: string): RequestFields | undefined {
  const values = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    let end = text.indexOf('\r\n', at);
    if (end < 0) end = text.length;
    if (values.size === MAX_FIELDS) return undefined;
    FIELD.lastIndex = at;
    const field = FIELD.exec(text);
    if (field === null || FIELD.lastIndex !== end) return undefined;
    const name = field[1]!.toLowerCase();
    const before = values.get(name);
    if (before !== undefined && ONCE.has(name)) return undefined;
    const value = field[2]!.trim();
    values.set(name, before === undefined ? value : `${before}, ${value}`);
    at = end + 2;
  }
  const length = values.get('content-length');
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return undefined;
  const connection = values.get('connection');
  return {
    text,
    values,
    keepsAlive: hasToken(connection, 'keep-alive'),
    closes: hasToken(connection, 'close'),
    upgrades: hasToken(connection, 'upgrade') && values.has('upgrade'),
    hasBody: values.has('transfer-encoding') || (length !== undefined && Number(length) !== 0),
  };
}

const BAD: HeadFault = { status: 400 };
const TOO_LONG: HeadFault = { status: 431 };
const VERSION: HeadFault = { status: 505 };
/** Bytes above ASCII are let through in a target: clients are about that do not encode all of an info hash. */
const REQUEST_LINE = /([A-Z]{1,20}) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])/y;
/** RFC 9110, 5.6.2: a token, then a colon at once; then anything but control characters, tabs apart. */
const FIELD = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)/y;
const BEGINNING = /[A-Z]{1,20}(?:$| [\x21-\x7e\x80-\xff]*(?:$| (?:$|H[ -~]*(?:$|\r(?:$|\n)))))/y;
/** Two of these leave open what was meant. RFC 9112, 3.2 and 6.3. */
const ONCE = new Set(['host', 'content-length', 'transfer-encoding', 'upgrade', 'sec-websocket-key']);
const MAX_FIELDS = 100;
