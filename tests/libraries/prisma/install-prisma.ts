// Prisma is big, and its client is generated: both are kept in the user's cache, and made when a test first needs them. No engine is
// downloaded: with an adapter, the client runs queries by itself, and the generator only checks that a file is there.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const models = `
  model User {
    id    Int    @id @default(autoincrement())
    email String @unique
    posts Post[]
  }
  model Post {
    id       Int    @id @default(autoincrement())
    title    String
    authorId Int
    author   User   @relation(fields: [authorId], references: [id])
  }
`;

const majors = {
  6: {
    version: '6.19.3',
    schema: `
      generator client {
        provider   = "prisma-client-js"
        engineType = "client"
      }
      datasource db {
        provider = "postgresql"
        url      = "postgresql://unused"
      }
      ${models}`,
  },
  7: {
    version: '7.10.0',
    schema: `
      generator client {
        provider = "prisma-client-js"
      }
      datasource db {
        provider = "postgresql"
      }
      ${models}`,
  },
} as const;

export type PrismaMajor = keyof typeof majors;

/** @returns The folder of a package that has `@prisma/client`, generated, and `@prisma/adapter-pg`. */
export async function installPrisma(major: PrismaMajor): Promise<string> {
  const { version, schema } = majors[major];
  const digest = createHash('sha256').update(schema).digest('hex').slice(0, 8);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'waymark-backends');
  const folder = join(cache, `prisma-${version}-${digest}`);
  if (existsSync(folder)) return folder;
  const making = `${folder}.${process.pid}`;
  await mkdir(making, { recursive: true });
  const dependencies = Object.fromEntries(
    ['prisma', '@prisma/client', '@prisma/adapter-pg'].map((name) => [name, version]),
  );
  await writeFile(join(making, 'package.json'), JSON.stringify({ private: true, dependencies }));
  await writeFile(join(making, 'schema.prisma'), schema);
  const engine = join(making, 'engine');
  await writeFile(engine, '#!/bin/sh\n');
  await chmod(engine, 0o755);
  const env = {
    ...process.env,
    CHECKPOINT_DISABLE: '1',
    PRISMA_SCHEMA_ENGINE_BINARY: engine,
    PRISMA_QUERY_ENGINE_LIBRARY: engine,
  };
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: making, env });
  await run(
    process.execPath,
    [join('node_modules', 'prisma', 'build', 'index.js'), 'generate', '--schema', 'schema.prisma'],
    {
      cwd: making,
      env,
    },
  );
  await rename(making, folder).catch(() => rm(making, { recursive: true })); // another process was first
  return folder;
}
