// Keeps the report of the newest sweep.
import type { Table } from '../aws/table.ts';
import { type SweepReport, sweepReportKey } from '../model/sweep-report.ts';

export type SweepReports = { write(report: SweepReport): Promise<void> };

export function sweepReports(table: Table): SweepReports {
  return { write: (report) => table.put({ ...sweepReportKey, report }) };
}
