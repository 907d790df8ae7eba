export const v = 'lib';
