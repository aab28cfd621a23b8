/** Reads and writes the trace headers in the metadata of a call. */
import type { HeaderAccess } from '../../outbound/client-adapter.ts';
import type { Getter } from '../../propagation/propagator.ts';
import type { Http2Headers, Metadata } from './grpc-types.ts';

export const metadataHeaders: HeaderAccess<Metadata> = {
  isSealed: () => false,
  hasHeader: (metadata, name) => metadata.get(name).length > 0,
  getter: {
    get(metadata, name) {
      const values = metadata.get(name);
      return values.length > 1 ? values.map(String) : values.length === 1 ? String(values[0]) : undefined;
    },
    keys: (metadata) => Object.keys(metadata.getMap()),
  },
  setter: {
    set(metadata, name, value) {
      if (metadata.get(name).length === 0) metadata.set(name, value);
    },
  },
  removeHeader: (metadata, name) => metadata.remove(name),
};

/** The headers of a request to a server, whose names are in lower case. */
export const http2Headers: Getter<Http2Headers> = {
  get: (headers, name) => (Object.hasOwn(headers, name) ? headers[name] : undefined),
  keys: (headers) => Object.keys(headers),
};
