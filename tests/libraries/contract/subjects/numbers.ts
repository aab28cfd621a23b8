/** Makes the table that the SQL libraries read: three rows. */
export async function prepareNumbers(query: (text: string) => PromiseLike<unknown>): Promise<void> {
  await query('DROP TABLE IF EXISTS numbers');
  await query('CREATE TABLE numbers (n int, label varchar(100))');
  await query("INSERT INTO numbers VALUES (1, 'one'), (2, 'two'), (3, 'three')");
}
