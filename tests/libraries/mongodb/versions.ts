// MongoDB's driver in the versions that are traced: 6.0 calls back, and loses the context where a connection is awaited.
import type { MongoClient, MongoClientOptions } from 'mongodb';

export interface MongoModule {
  readonly MongoClient: new (url: string, options?: MongoClientOptions) => MongoClient;
}

export const mongoVersions = ['mongodb', 'mongodb6', 'mongodb60'] as const;
