// @ts-check
// Installs what the lock file names, with the pinned pnpm.
import { installDependencies } from './setup.mjs';

installDependencies();
