/** How many services are counted by name. A system has dozens; where more come, names contain ids. */
export const maxNamedServices = 1000;
