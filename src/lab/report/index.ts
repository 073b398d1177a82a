// The report of the lab: results in, texts out. The same results and facts give the same texts.

export { htmlReport } from './html-report.ts';
export { markdownReport, type ReportFile } from './markdown-report.ts';
