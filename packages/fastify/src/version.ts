/** The version of this package, as the scope of its spans has it. A test keeps it equal to package.json's. */
export const version = '0.1.0';
