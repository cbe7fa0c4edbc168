"""Everything that speaks Microsoft Graph: what is sent, what is read, what can go wrong, and the gate in front."""
