import { ROUTER_LIMITS, type RouterLimits } from "../router/limits.ts";
import type { RouterConfig } from "../router/router.ts";
import type { DoorConfig } from "../router/sockets-config.ts";
import { NO_ADDRESSES, type AddressRanges } from "../sockets/address-ranges.ts";
import type { Resolved } from "./resolve-settings.ts";
import type { ROUTER_SETTINGS } from "./router-settings.ts";
import { SettingError } from "./setting.ts";

type Values = Resolved<typeof ROUTER_SETTINGS>;

/** The router's limits, as far as settings change them. */
export function limitsOf(values: Values): RouterLimits {
  const { http, resp, ...others } = ROUTER_LIMITS;
  const { connectionsPerAddressMax, requestBytesMax, respFailbackPerSecond: failbackPerSecond } = values;
  return {
    ...others,
    http: { ...http, connectionsPerAddressMax, requestBytesMax },
    resp: { ...resp, connectionsPerAddressMax, failbackPerSecond },
  };
}

/** How clients reach the router, and the router its regions. Throws SettingError. */
export function socketsOf(
  values: Values,
): Required<Pick<RouterConfig, "httpDoor" | "respDoor" | "towards">> & Pick<RouterConfig, "trustedProxies"> {
  const { regionCertificate: certificate, regionKey: key, regionProxyProtocol } = values;
  if ((certificate === undefined) !== (key === undefined)) {
    throw new SettingError("--region-cert and --region-key belong together");
  }
  const { httpCertificate, httpKey, httpAuthority, respCertificate, respKey, respAuthority } = values;
  return {
    httpDoor: door("http", httpCertificate, httpKey, httpAuthority, values.httpProxyHeadersFrom),
    respDoor: door("resp", respCertificate, respKey, respAuthority, values.respProxyHeadersFrom),
    towards: {
      authority: values.regionAuthority ?? null,
      certificate: certificate ?? null,
      key: key ?? null,
      proxyVersion: regionProxyProtocol === undefined ? null : regionProxyProtocol === "v1" ? 1 : 2,
    },
    trustedProxies: values.trustedProxies,
  };
}

function door(
  name: string,
  certificate: string | undefined,
  key: string | undefined,
  authority: string | undefined,
  proxyHeadersFrom: AddressRanges = NO_ADDRESSES,
): DoorConfig {
  if ((certificate === undefined) !== (key === undefined)) {
    throw new SettingError(`--${name}-cert and --${name}-key belong together`);
  }
  if (authority !== undefined && certificate === undefined) {
    throw new SettingError(`--${name}-ca needs --${name}-cert and --${name}-key`);
  }
  const tls =
    certificate === undefined || key === undefined ? null : { certificate, key, authority: authority ?? null };
  return { tls, proxyHeadersFrom };
}
