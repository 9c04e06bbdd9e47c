// The table of a test file, from its first line to its last test.
import { afterAll } from 'vitest';
import type { Table } from '../../shared/aws/table.ts';
import { openTable } from './open-table.ts';

export async function testTable({ whole = false } = {}): Promise<Table> {
  const { table, close } = await openTable({ whole });
  afterAll(close);
  return table;
}
