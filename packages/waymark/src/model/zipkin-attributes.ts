/** Attributes for what Zipkin has and OpenTelemetry has no name for. */

/** On resources: the rest of the local endpoint, and the mark of what came from Zipkin. */
export const localEndpointKey: string = 'zipkin.local_endpoint';
/** On spans: the rest of the remote endpoint. It has a `serviceName` only where `peer.service` is a tag. */
export const remoteEndpointKey: string = 'zipkin.remote_endpoint';
export const debugKey: string = 'zipkin.debug';
export const sharedKey: string = 'zipkin.shared';
export const timestampMissingKey: string = 'zipkin.timestamp_missing';
