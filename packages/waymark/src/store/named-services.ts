/** The number of services that are counted by name. A system has dozens; if there are more, names contain ids. */
export const maxNamedServices = 1000;
