import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

/** Why there is nothing, and the way out. */
export function Empty({
  icon = "inbox",
  title,
  children,
  acts,
}: {
  icon?: IconName;
  title: string;
  children?: ReactNode;
  acts?: ReactNode;
}) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {acts && <div className="acts">{acts}</div>}
    </div>
  );
}
