// The traced libraries, each in one version for all tracers, and the tracers.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf, installPeers } from '../peers/install-peers.ts';
import { tracers } from './tracers.ts';

/** Returns the folder that the libraries are loaded from. */
export function installLibraries(): string {
  installPeers(['libraries', ...tracers.flatMap(({ peer }) => peer ?? [])]);
  const folder = folderOf('libraries');
  if (!existsSync(join(folder, 'node_modules/.generated-prisma-client'))) {
    execFileSync(process.execPath, ['node_modules/prisma/build/index.js', 'generate', '--schema=schema.prisma'], {
      cwd: folder,
      // It would download an engine that generating a client does not need.
      env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return folder;
}
