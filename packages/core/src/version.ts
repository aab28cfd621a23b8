/** The version of this package, as exporters report it. A test keeps it equal to package.json's. */
export const version = '0.1.0';
